import type { ChannelTransport, ChannelType } from "../../contract/alert-settings.ts";
import type { Notification } from "../../contract/notification.ts";
import { alertmanagerChannel } from "./alertmanager.ts";
import type { Channel, OpenTransport, OutgoingMessage } from "./channel.ts";
import { discordChannel } from "./discord.ts";
import { emailChannel } from "./email.ts";
import { ntfyChannel } from "./ntfy.ts";
import { pagerDutyChannel } from "./pagerduty.ts";
import { slackChannel } from "./slack.ts";
import { teamsChannel } from "./teams.ts";
import { telegramChannel } from "./telegram.ts";
import { webhookChannel } from "./webhook.ts";

/** Every type of channel. */
export const CHANNELS = {
  webhook: webhookChannel,
  slack: slackChannel,
  pagerduty: pagerDutyChannel,
  alertmanager: alertmanagerChannel,
  email: emailChannel,
  teams: teamsChannel,
  discord: discordChannel,
  ntfy: ntfyChannel,
  telegram: telegramChannel,
} satisfies { readonly [Type in ChannelType]: Channel<Type> };

/** The message of an attempt at `at`, milliseconds since 1970. Throws for a malformed secret. */
export function formatMessage(
  notification: Notification,
  transport: OpenTransport<ChannelTransport>,
  at: number,
): OutgoingMessage {
  // The type of the transport selects the channel of that type.
  const channel = CHANNELS[transport.type] as Channel<ChannelType>;
  return channel.format(notification, transport, at);
}
