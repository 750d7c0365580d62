import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configuredSecretForms } from "../../server/cli/configured-secrets.ts";
import { loadConfig } from "../../server/cli/options.ts";
import { renderSettings } from "../../server/config/render.ts";
import { redactSecrets } from "../../server/probe/redaction.ts";

/** A secret of its own for each place, with characters that JSON, a URL or a shell writes in another way. */
const secretOf = (place: string): string => `${place} S3cr"et/+&\\ä`;
/** The same where only characters of a URL or a token are allowed. */
const plainOf = (place: string): string => `${place}-S3cret.0123456789~`;

const FILES = [
  "stats-password",
  "probe-password",
  "probe-token",
  "probe-key",
  "slack-url",
  "teams-url",
  "webhook-url",
  "webhook-secret",
  "webhook-before",
  "pagerduty-key",
  "alertmanager-token",
  "mail-password",
  "ntfy-topic",
  "ntfy-token",
  "telegram-token",
  "heartbeat-url",
  "oidc-secret",
  "api-token",
  "hub-token",
] as const;
const urlOf = (name: string): string =>
  `https://user:${plainOf(`${name}-login`)}@chat.example.org/${plainOf(name)}?token=${plainOf(`${name}-query`)}`;
const INLINE = ["discord", "webhook-header", "probe-header", "probe-query", "probe-send", "stats-header"] as const;

const CONFIG = `
hub: https://hub.example.org
hub-token-file: hub-token
public-url: https://haprobe.example.org
auth:
  reading: signed-in
  tokens: [{name: ci, role: viewer, token-file: api-token}]
  oidc: {issuer: "https://id.example.org", client-id: haprobe, client-secret-file: oidc-secret, default-role: viewer}
haproxy:
  - {name: page, stats: "https://10.0.0.2/stats", username: admin, password-file: stats-password, headers: {Cookie: ${JSON.stringify(plainOf("stats-header"))}}}
probes:
  - match: {backend: a}
    http: {scheme: https, path: "/x?api_key=${plainOf("probe-query")}", username: u, password-file: probe-password, headers: {X-Auth-Token: ${JSON.stringify(plainOf("probe-header"))}}}
  - match: {backend: b}
    http: {scheme: https, path: /x, bearer-token-file: probe-token}
  - match: {backend: c}
    tcp: {send: "AUTH ${plainOf("probe-send")}", expect: OK}
alerts:
  heartbeat: {url-file: heartbeat-url}
  channels:
    - {name: slack, slack: {url-file: slack-url}}
    - {name: teams, teams: {url-file: teams-url}}
    - {name: discord, discord: {url: "${urlOf("discord")}"}}
    - {name: hook, webhook: {url-file: webhook-url, secret-file: webhook-secret, previous-secret-file: webhook-before, headers: {X-Key: ${JSON.stringify(plainOf("webhook-header"))}}}}
    - {name: pd, pagerduty: {routing-key-file: pagerduty-key}}
    - {name: am, alertmanager: {url: "https://am.example.org", bearer-token-file: alertmanager-token}}
    - {name: mail, email: {server: mail.example.org, username: u, password-file: mail-password, from: a@example.org, to: b@example.org}}
    - {name: ntfy, ntfy: {topic-file: ntfy-topic, token-file: ntfy-token}}
    - {name: tg, telegram: {bot-token-file: telegram-token, chat-id: "1"}}
`;

/** The forms in which a text could show a secret: as it is, in JSON, in a URL, in a query, in base64 of both alphabets. */
function formsOf(secret: string): readonly string[] {
  const url = encodeURIComponent(secret);
  const bytes = Buffer.from(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    url,
    url.replaceAll("%20", "+"),
    bytes.toString("base64"),
    bytes.toString("base64url"),
  ];
}

test("every secret of a configuration is left out of what is printed, and found in a text in each of its forms", () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "haprobe-config-"));
  const secrets = new Map<string, readonly string[]>(INLINE.map((place) => [place, [plainOf(place)]]));
  secrets.set("discord", [plainOf("discord"), plainOf("discord-login"), plainOf("discord-query")]);
  for (const name of FILES) {
    const isUrl = name.endsWith("-url");
    writeFileSync(join(folder.path, name), `${isUrl ? urlOf(name) : secretOf(name)}\n`, { mode: 0o600 });
    secrets.set(name, isUrl ? [plainOf(name), plainOf(`${name}-login`), plainOf(`${name}-query`)] : [secretOf(name)]);
  }
  const config = join(folder.path, "haprobe.yaml");
  writeFileSync(config, CONFIG, { mode: 0o600 });
  const loaded = loadConfig({ config }, false);
  if (loaded.kind !== "loaded") throw new Error(JSON.stringify(loaded));

  const printed = renderSettings(loaded.settings);
  const forms = configuredSecretForms(loaded.settings);
  const all = [...secrets].flatMap(([place, each]) => each.flatMap(formsOf).map((form) => [place, form] as const));
  expect(all.filter(([, form]) => printed.includes(form))).toEqual([]);
  const left = all.filter(([, form]) => redactSecrets(`before ${form} after`, forms).includes(form));
  expect(left).toEqual([]);
});
