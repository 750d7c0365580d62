import { expect, test } from "vitest";
import type { MailMessage } from "../../../server/alert/channels/channel.ts";
import { emailChannel } from "../../../server/alert/channels/email.ts";
import { resolvedNotification, sampleNotification } from "../../support/sample-alerts.ts";
import { TRANSPORTS } from "./open-transports.ts";

function format(notification = sampleNotification()): MailMessage {
  return emailChannel.format(notification, TRANSPORTS.email, 0) as MailMessage;
}

test("later mails of a thread answer its first one", () => {
  const first = format();
  const second = format(resolvedNotification());
  expect(first.messageId).toBe(`${sampleNotification().thread}@example.org`);
  expect([first.inReplyTo, second.inReplyTo]).toEqual([null, first.messageId]);
  expect(second.messageId).not.toBe(first.messageId);
});

test("every attempt has the same id", () => {
  expect(format().messageId).toBe(format().messageId);
});

test("subject and first line are the whole story", () => {
  const { subject, text, isUrgent } = format(sampleNotification({ urgency: "critical" }));
  expect(subject).toMatch(/^\[haprobe\] CRITICAL: cp-2 is UP in HAProxy/);
  expect(text.split("\n")[0]).toBe(subject.replace("[haprobe] ", ""));
  expect(isUrgent).toBe(true);
  expect(text).toContain("Permanent fix:\n  option httpchk\n  http-check expect status 200");
});
