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
    const secrets = secretsOf(opened, transport);
    const redact = (text: string): string => secrets.reduce((all, each) => all.replaceAll(each, "<redacted>"), text);
    const outcome = await sendHttp(message, { clock, timeoutMs, userAgent, signal, retryAfterMs, redact });
    return outcome.kind === "sent" ? outcome : { ...outcome, error: redact(outcome.error) };
  };
}

/** The longest first, since one may contain another. */
function secretsOf(opened: OpenTransport<ChannelTransport>, transport: ChannelTransport): readonly string[] {
  return Object.entries(transport)
    .flatMap(([key, value]: [string, unknown]) => {
      const holdsSecret = typeof value === "object" && value !== null && !("host" in value) && key !== "to";
      if (!holdsSecret) return [];
      const held = (opened as unknown as Readonly<Record<string, unknown>>)[key];
      const texts = typeof held === "object" && held !== null ? Object.values(held) : [held];
      return texts.filter((each) => typeof each === "string").flatMap((text) => [text, ...urlParts(text)]);
    })
    .filter((text) => text.length >= SECRET_MIN_CHARS)
    .toSorted((a, b) => b.length - a.length);
}

/** The secret of a chat's URL is its path, which an answer may name without the host. */
function urlParts(text: string): readonly string[] {
  if (!URL.canParse(text)) return [];
  const { pathname, search } = new URL(text);
  return [pathname + search, pathname, search];
}

const SECRET_MIN_CHARS = 4;

function retryLater(error: string): SendOutcome {
  return { kind: "retry", status: null, error, afterMs: null };
}
