import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { expect, onTestFinished, test } from "vitest";
import { emailChannel } from "../../../server/alert/channels/email.ts";
import type { MailMessage, OpenTransport } from "../../../server/alert/channels/channel.ts";
import { sendMail } from "../../../server/alert/send/mail-sender.ts";
import type { EmailChannel } from "../../../server/contract/alert-settings.ts";
import { systemClock } from "../../../server/clock.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { resolvedNotification, sampleNotification } from "../../support/sample-alerts.ts";
import { TRANSPORTS } from "../channels/open-transports.ts";

/** A mail server on loopback; the mails that it takes, and the settings of a channel to it. */
async function mailServer(
  options: SMTPServerOptions = {},
): Promise<{ mails: string[]; transport: OpenTransport<EmailChannel> }> {
  const mails: string[] = [];
  const server = new SMTPServer({
    closeTimeout: 100,
    disabledCommands: ["AUTH", "STARTTLS"],
    onData(stream, _session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        mails.push(Buffer.concat(chunks).toString());
        callback();
      });
    },
    ...options,
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return { mails, transport: { ...TRANSPORTS.email, smtp: { ...TRANSPORTS.email.smtp, port } } };
}

function format(transport: OpenTransport<EmailChannel>, notification = sampleNotification()): MailMessage {
  return emailChannel.format(notification, transport, 0) as MailMessage;
}

const OPTIONS = { clock: systemClock, timeoutMs: 10_000 };

test("firing and resolved arrive at a real mail server in one thread", async () => {
  const { mails, transport } = await mailServer();
  expect(await sendMail(format(transport), transport, OPTIONS)).toEqual({ kind: "sent", status: 250 });
  expect(await sendMail(format(transport, resolvedNotification()), transport, OPTIONS)).toMatchObject({ kind: "sent" });
  const header = (mail: string | undefined, name: string): string | undefined =>
    new RegExp(`^${name}: (.*(?:\\r\\n .*)*)`, "mi").exec(mail ?? "")?.[1]?.replaceAll("\r\n", "");
  const [firing, resolved] = mails;
  expect(header(resolved, "In-Reply-To")).toBe(header(firing, "Message-ID"));
  expect(header(resolved, "References")).toBe(header(firing, "Message-ID"));
  expect(header(firing, "Auto-Submitted")).toBe("auto-generated");
  expect(header(firing, "Subject")).toMatch(/^\[haprobe\] WARNING: cp-2 is UP in HAProxy/);
  expect(firing).toContain("etcd failed");
});

test("a header cannot be added by text from a server", async () => {
  const { mails, transport } = await mailServer();
  const notification = sampleNotification({ sentence: "x\r\nBcc: evil@example.org" });
  await sendMail(format(transport, notification), transport, OPTIONS);
  const [head = ""] = mails[0]?.split("\r\n\r\n") ?? [];
  expect(head).not.toMatch(/^Bcc:/im);
});

test("a recipient that the server refuses for good ends the message; a full mailbox is tried again", async () => {
  const refuse = (responseCode: number): SMTPServerOptions => ({
    onRcptTo: (_address, _session, callback) => callback(Object.assign(new Error("no"), { responseCode })),
  });
  const gone = await mailServer(refuse(550));
  expect(await sendMail(format(gone.transport), gone.transport, OPTIONS)).toMatchObject({
    kind: "rejected",
    status: 550,
  });
  const full = await mailServer(refuse(452));
  expect(await sendMail(format(full.transport), full.transport, OPTIONS)).toMatchObject({ kind: "retry", status: 452 });
});

test("wrong credentials are tried again, since a person can correct them", async () => {
  const { transport } = await mailServer({
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    onAuth: (_auth, _session, callback) => callback(new Error("wrong")),
  });
  const withLogin = { ...transport, username: "haprobe", password: "s3cret" };
  const outcome = await sendMail(format(withLogin), withLogin, OPTIONS);
  expect(outcome).toMatchObject({ kind: "retry", status: 535 });
  expect(JSON.stringify(outcome)).not.toContain("s3cret");
});

test("a server that does not offer STARTTLS gets nothing where it is required", async () => {
  const { mails, transport } = await mailServer();
  const secure = { ...transport, smtp: { ...transport.smtp, tls: "starttls" as const } };
  expect(await sendMail(format(secure), secure, OPTIONS)).toMatchObject({ kind: "retry" });
  expect(mails).toEqual([]);
});

test("a mail server that hangs is given up at the deadline", async () => {
  const clock = new FakeClock();
  const arrived = Promise.withResolvers<void>();
  const { transport } = await mailServer({
    onMailFrom: () => arrived.resolve(),
  });
  const sending = sendMail(format(transport), transport, { clock, timeoutMs: 5_000 });
  await arrived.promise;
  await clock.advance(5_000);
  expect(await sending).toMatchObject({ kind: "retry", error: "not sent within 5000 ms" });
});
