import type { ChannelSettings, ChannelTransport, ChannelType, EmailChannel } from "../../contract/alert-settings.ts";
import type { Notification } from "../../contract/notification.ts";
import type { Clock } from "../../clock.ts";
import type { Channel, OpenTransport } from "../channels/channel.ts";
import { CHANNELS, formatMessage } from "../channels/registry.ts";
import { sendHttp } from "./http-sender.ts";
import { sendMail } from "./mail-sender.ts";
import { openTransport } from "./open-transport.ts";
import type { SendOutcome } from "./outcome.ts";

/** Sends a notification to a channel once. Never rejects; no error holds a secret. */
export type SendNotification = (
  notification: Notification,
  channel: ChannelSettings,
  signal: AbortSignal,
) => Promise<SendOutcome>;

/** Sends over real connections. */
export function createSender({
  clock,
  userAgent,
}: {
  readonly clock: Clock;
  readonly userAgent: string;
}): SendNotification {
  return async (notification, { transport, timeoutMs }, signal) => {
    let opened: OpenTransport<ChannelTransport>;
    try {
      opened = await openTransport(transport);
    } catch (error) {
      return retryLater(error instanceof Error ? error.message : String(error));
    }
    let message: ReturnType<typeof formatMessage>;
    try {
      message = formatMessage(notification, opened, clock.wall());
    } catch {
      // The error of a malformed secret may repeat it.
      return retryLater("the message cannot be made: is a secret of the channel malformed?");
    }
    if (message.kind === "mail") return sendMail(message, opened as OpenTransport<EmailChannel>, { clock, timeoutMs });
    const { retryAfterMs }: Pick<Channel<ChannelType>, "retryAfterMs"> = CHANNELS[transport.type];
    const outcome = await sendHttp(message, { clock, timeoutMs, userAgent, signal, retryAfterMs });
    return redactOutcome(outcome, secretsOf(opened, transport));
  };
}

/** What a receiver answers may repeat what it was sent. */
function redactOutcome(outcome: SendOutcome, secrets: readonly string[]): SendOutcome {
  if (outcome.kind === "sent") return outcome;
  const error = secrets.reduce((text, secret) => text.replaceAll(secret, "<redacted>"), outcome.error);
  return { ...outcome, error };
}

function secretsOf(opened: OpenTransport<ChannelTransport>, transport: ChannelTransport): readonly string[] {
  return Object.entries(transport).flatMap(([key, value]: [string, unknown]) => {
    const holdsSecret = typeof value === "object" && value !== null && !("host" in value) && key !== "to";
    if (!holdsSecret) return [];
    const text = (opened as unknown as Readonly<Record<string, unknown>>)[key];
    return [text].flat().filter((each): each is string => typeof each === "string" && each.length >= SECRET_MIN_CHARS);
  });
}

const SECRET_MIN_CHARS = 4;

function retryLater(error: string): SendOutcome {
  return { kind: "retry", status: null, error, afterMs: null };
}
