import { createTransport } from "nodemailer";
import type { EmailChannel } from "../../contract/alert-settings.ts";
import type { Clock } from "../../clock.ts";
import type { MailMessage, OpenTransport } from "../channels/channel.ts";
import { toPlainLine } from "../plain-text.ts";
import { BOUNDS } from "../../bounds.ts";
import { readFileText } from "../../scoped-files.ts";
import type { SendOutcome } from "./outcome.ts";

/** Sends one mail on a connection of its own, with a deadline for all of it. Never rejects. */
export async function sendMail(
  message: MailMessage,
  transport: OpenTransport<EmailChannel>,
  options: {
    readonly clock: Clock;
    readonly timeoutMs: number;
    /** Replaces the secrets that an answer repeats, before it is cut. */
    readonly redact?: (text: string) => string;
  },
): Promise<SendOutcome> {
  const { clock, timeoutMs, redact = (text) => text } = options;
  const { smtp, username, password } = transport;
  let cancelDeadline = (): void => {};
  try {
    const ca = smtp.caFile === null ? undefined : await readFileText(smtp.caFile, BOUNDS.tlsFileMaxBytes);
    const mailer = createTransport({
      host: smtp.host,
      port: smtp.port,
      secure: smtp.tls === "implicit",
      requireTLS: smtp.tls === "starttls",
      ignoreTLS: smtp.tls === "none",
      tls: { ...(ca === undefined ? {} : { ca }) },
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...(username === null ? {} : { auth: { user: username, pass: password ?? "" } }),
    });
    const deadline = new Promise<never>((_resolve, reject) => {
      cancelDeadline = clock.after(timeoutMs, () => reject(new Error(`not sent within ${timeoutMs} ms`)));
    });
    const sending = mailer.sendMail(toMail(message));
    // A mail that ends after the deadline is a failure that was reported already.
    sending.catch(() => {});
    const { accepted, rejected } = await Promise.race([sending, deadline]);
    if (accepted.length > 0 || rejected.length === 0) return { kind: "sent", status: 250 };
    return { kind: "rejected", status: 550, error: "no recipient was accepted" };
  } catch (error) {
    return classifyMailError(error, redact);
  } finally {
    cancelDeadline();
  }
}

function toMail({ from, to, subject, text, messageId, inReplyTo, isUrgent }: MailMessage): object {
  return {
    from,
    to: [...to],
    subject,
    text,
    messageId: `<${messageId}>`,
    ...(inReplyTo === null ? {} : { inReplyTo: `<${inReplyTo}>`, references: [`<${inReplyTo}>`] }),
    ...(isUrgent ? { priority: "high" } : {}),
    // Automatic answers, such as those about holidays, are not sent to it.
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
  };
}

/** A 5xx about sender, recipients or content is final; wrong credentials and all else can be fixed meanwhile. */
function classifyMailError(error: unknown, redact: (text: string) => string): SendOutcome {
  const {
    responseCode = null,
    code = "",
    message,
  } = (error ?? {}) as {
    responseCode?: number | null;
    code?: string;
    message?: string;
  };
  const text = toPlainLine(redact(message ?? String(error)), BOUNDS.alertErrorChars);
  const isFinal = responseCode !== null && responseCode >= 500 && (code === "EENVELOPE" || code === "EMESSAGE");
  if (isFinal) return { kind: "rejected", status: responseCode, error: text };
  return { kind: "retry", status: responseCode, error: text, afterMs: null };
}
