import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import type { ChannelType } from "../contract/alert-settings.ts";
import { formatHostPort } from "../contract/host-port.ts";
import { parseHostPort } from "../targets/host-port.ts";
import { formatDuration } from "./duration.ts";
import { CONNECTION_HEADERS, headers } from "./headers.ts";
import { mapping } from "./mapping.ts";
import { reject } from "./reject.ts";
import { fileName } from "./request.ts";
import { choice, duration, integer, oneOrMore, text } from "./scalars.ts";

const URL_TEXT = "expected a URL such as https://chat.example.org/hooks/x";

/** A URL of a receiver. An error does not repeat it, since its path is often a secret. */
export const receiverUrl = z.codec(z.string(URL_TEXT), z.string(), {
  decode: (written, payload) => {
    const url = URL.parse(written);
    return url !== null && /^https?:$/.test(url.protocol)
      ? written
      : reject(payload, URL_TEXT, "is no http or https URL");
  },
  encode: (url) => url,
});

const url = receiverUrl.describe("Where messages are sent.").optional();
const urlFile = fileName.describe("Holds that URL, which is often a secret.").optional();

const RESERVED = new Set([...CONNECTION_HEADERS, "host", "content-type", "user-agent"]);

/** They go to this one receiver, so they may hold secrets. */
const webhookHeaders = headers((name) =>
  RESERVED.has(name) || name.startsWith("webhook-") ? ["is set by haprobe", "leave it out"] : null,
);

const SMTP = "expected a mail server, such as mail.example.org or mail.example.org:587";

const mailServer = z.codec(z.string(SMTP), z.custom<{ readonly host: string; readonly port: number | null }>(), {
  decode: (written, payload) => parseHostPort(written) ?? reject(payload, SMTP),
  encode: ({ host, port }) => (port === null ? host : formatHostPort(host, port)),
});

const mailAddress = text("a mail address, such as oncall@example.org", /^[^\r\n\0]*[^\s@<>]+@[^\s@<>]+>?$/);

/** The keys of each type of channel; an entry has one of them. */
export const channelKeys = {
  webhook: mapping({
    url,
    urlFile,
    secretFile: fileName.describe("Holds the secret of the signature, whsec_ and base64.").optional(),
    previousSecretFile: fileName
      .describe("Holds the secret before it: while both are given, receivers with either one accept a message.")
      .optional(),
    headers: webhookHeaders.describe("Further headers.").prefault({}),
  })
    .describe("A receiver of Standard Webhooks.")
    .optional(),
  slack: mapping({
    url,
    urlFile,
    flavor: choice(["slack", "mattermost", "rocketchat"])
      .describe("The product, which decides how text is escaped.")
      .prefault("slack"),
  })
    .describe("An incoming webhook of Slack, Mattermost or Rocket.Chat.")
    .optional(),
  pagerduty: mapping({
    routingKeyFile: fileName.describe("Holds the integration key."),
    url: receiverUrl
      .describe("The Events API v2; in Europe https://events.eu.pagerduty.com/v2/enqueue.")
      .prefault("https://events.pagerduty.com/v2/enqueue"),
  })
    .describe("PagerDuty.")
    .optional(),
  alertmanager: mapping({
    url,
    urlFile,
    bearerTokenFile: fileName.describe("Holds a token.").optional(),
  })
    .describe("Prometheus' Alertmanager.")
    .optional(),
  email: mapping({
    server: mailServer.describe("The mail server; port 587 if absent, 465 with tls: implicit."),
    tls: choice(["starttls", "implicit", "opportunistic", "none"])
      .describe("starttls: required; opportunistic: where it is offered.")
      .prefault("starttls"),
    caFile: fileName.describe("Certificates to verify the server with; those of the system if absent.").optional(),
    username: text("a name of 1 to 256 characters", /^[^\r\n\0]{1,256}$/)
      .describe("User of the mail server.")
      .optional(),
    passwordFile: fileName.describe("Holds the password.").optional(),
    from: mailAddress.describe("The sender."),
    to: oneOrMore(mailAddress, "expected a mail address, or a list of them").describe("The recipients."),
  })
    .describe("Mails.")
    .optional(),
  teams: mapping({ url, urlFile }).describe("A workflow of Microsoft Teams.").optional(),
  discord: mapping({ url, urlFile }).describe("A webhook of Discord.").optional(),
  ntfy: mapping({
    url: receiverUrl.describe("The server.").prefault("https://ntfy.sh"),
    topic: text("a topic of letters, digits, - and _", /^[\w-]{1,64}$/)
      .describe("The topic.")
      .optional(),
    topicFile: fileName.describe("Holds the topic, which is a secret without access control.").optional(),
    tokenFile: fileName.describe("Holds an access token.").optional(),
  })
    .describe("ntfy.")
    .optional(),
  telegram: mapping({
    botTokenFile: fileName.describe("Holds the bot's token."),
    chatId: z
      .codec(
        z.union([z.int(), z.string().regex(/^-?\d{1,20}$|^@\w{1,64}$/)], "expected an id such as -1001234567890"),
        z.string(),
        {
          decode: String,
          encode: (id) => id,
        },
      )
      .describe("The chat."),
    url: receiverUrl.describe("The Bot API.").prefault("https://api.telegram.org"),
  })
    .describe("Telegram.")
    .optional(),
} satisfies { readonly [Type in ChannelType]: z.ZodType };

export const CHANNEL_TYPES = Object.keys(channelKeys) as ChannelType[];

/** One entry of `alerts.channels`. */
export const channelEntry = mapping({
  name: text("1 to 63 letters, digits, dots, - or _", /^[\w.-]{1,63}$/).describe("Its name in routes; unique."),
  ...channelKeys,
  timeoutMs: duration(BOUNDS.timeoutMinMs, BOUNDS.alertTimeoutMaxMs)
    .describe("How long one attempt may take.")
    .prefault(formatDuration(BOUNDS.alertTimeoutMs)),
  perMinute: integer(1, BOUNDS.alertsPerMinuteMax)
    .describe("Messages in a minute; more are counted in a summary.")
    .prefault(BOUNDS.alertsPerMinute),
}).describe("Where messages go.");

export type ChannelInput = z.output<typeof channelEntry>;
