import type { ChannelSettings, ChannelTransport, ChannelType, EmailChannel } from "../../contract/alert-settings.ts";
import type { Notification } from "../../contract/notification.ts";
import type { Clock } from "../../clock.ts";
import type { Channel, OpenTransport } from "../channels/channel.ts";
import { CHANNELS, formatMessage } from "../channels/registry.ts";
import { sendHttp } from "./http-sender.ts";
import { sendMail } from "./mail-sender.ts";
import { openTransport } from "./open-transport.ts";
import type { SendOutcome } from "./outcome.ts";
import { createRedactor } from "./redact-secrets.ts";

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
    const redact = createRedactor(opened, transport);
    if (message.kind === "mail") {
      return sendMail(message, opened as OpenTransport<EmailChannel>, { clock, timeoutMs, redact });
    }
    const { retryAfterMs }: Pick<Channel<ChannelType>, "retryAfterMs"> = CHANNELS[transport.type];
    const outcome = await sendHttp(message, { clock, timeoutMs, userAgent, signal, retryAfterMs, redact });
    return outcome.kind === "sent" ? outcome : { ...outcome, error: redact(outcome.error) };
  };
}

function retryLater(error: string): SendOutcome {
  return { kind: "retry", status: null, error, afterMs: null };
}
