import type { OpenTransport } from "../../../server/alert/channels/channel.ts";
import type { ChannelTransport, ChannelType } from "../../../server/contract/alert-settings.ts";

/** Settings of one channel of each type, with its secrets. */
export const TRANSPORTS: { readonly [Type in ChannelType]: OpenTransport<Extract<ChannelTransport, { type: Type }>> } =
  {
    webhook: { type: "webhook", url: "https://hook.example/in", secrets: [], headers: { "x-team": "platform" } },
    slack: { type: "slack", url: "https://hooks.slack.example/services/T/B/X", flavor: "slack" },
    pagerduty: { type: "pagerduty", url: "https://events.pagerduty.com/v2/enqueue", routingKey: "R0UT1NG" },
    alertmanager: { type: "alertmanager", url: "http://127.0.0.1:9093/", bearerToken: "t0ken" },
    email: {
      type: "email",
      smtp: { host: "127.0.0.1", port: 25, tls: "none", caFile: null },
      username: null,
      password: null,
      from: "haprobe <haprobe@example.org>",
      to: ["oncall@example.org"],
    },
    teams: { type: "teams", url: "https://teams.example/workflows/x" },
    discord: { type: "discord", url: "https://discord.example/api/webhooks/1/x" },
    ntfy: { type: "ntfy", url: "https://ntfy.example", topic: "t0pic", token: "tk_1" },
    telegram: { type: "telegram", url: "https://api.telegram.example", botToken: "1:abc", chatId: "-100" },
  };
