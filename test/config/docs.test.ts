import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { BOUNDS } from "../../server/bounds.ts";
import { formatDuration } from "../../server/config/duration.ts";
import { keyPaths } from "../../server/config/key-paths.ts";
import { isReservedKey } from "../../server/config/reserved-keys.ts";
import { settingsJsonSchema } from "../../server/config/schema.ts";
import { cellsOf, codeBlocks, tableAfter } from "../docs/markdown.ts";
import { errorTextsOf, loadText } from "./load-text.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/configuration.md"), "utf8");
const keys = keyPaths(settingsJsonSchema());
const rows = ["## Listening, metrics and log", "## Data directory and database", "## HAProxy", "## Probes", "## Alerts"]
  .flatMap((heading) => tableAfter(page, heading))
  .map(cellsOf)
  .map(([key = "", type = "", fallback = "", example = "", meaning = ""]) => ({
    key: key.replaceAll("`", ""),
    type,
    fallback,
    example: example.replaceAll("`", ""),
    meaning,
  }));

/** What a key needs beside it to be a whole entry. */
const BESIDE: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "haproxy[]": { name: "lb-1", stats: "https://10.0.0.2/stats" },
  "haproxy[].discover": { dns: "haproxy.example.org", port: 9_999, scheme: "http" },
  "haproxy[].address-map[]": { from: "10.0.0.0/16", to: "10.1.0.0/16" },
  "auth.certificates[]": { "common-name": "prometheus", role: "viewer" },
  "auth.proxy": { header: "x-forwarded-user" },
  "auth.oidc": { issuer: "https://id.example.org", "client-id": "haprobe" },
  "auth.oidc.roles[]": { group: "sre", role: "operator" },
  "auth.proxy.roles[]": { group: "sre", role: "operator" },
  tls: { "cert-file": "tls.pem", "key-file": "tls.key" },
  "auth.tokens[]": { name: "ci", role: "operator", "token-file": "ci.token" },
  alerts: { channels: [{ name: "chat", webhook: { url: "https://hook.example.org/in" } }] },
  "alerts.channels[]": { name: "chat" },
  "alerts.silences[]": { name: "nightly", starts: { cron: "0 2 * * *" }, for: "1h" },
  "alerts.routes[].hours": { cron: "* 8-17 * * 1-5" },
  "alerts.silences[].starts": { cron: "0 2 * * *" },
  "alerts.channels[].email": { server: "mail.example.org", from: "haprobe@example.org", to: "oncall@example.org" },
  "alerts.channels[].telegram": { "bot-token-file": "telegram.token", "chat-id": "-100" },
  "alerts.channels[].pagerduty": { "routing-key-file": "pagerduty.key" },
  "probes[].expected": { verdict: "false-up", why: "known" },
};

const OVER_TLS = { tls: true };
const CERTIFICATE = { "client-cert-file": "probe.crt" };
const KEY = { "client-key-file": "probe.key" };

const URL_KEY = { url: "https://hook.example.org/in" };
const WEBHOOK = { webhook: URL_KEY };

/** Keys that stand in the place of others. */
const INSTEAD = new Set(["haproxy[].file", "haproxy[].discover"]);

/** What a single key needs beside it to have an effect. */
const BESIDE_KEY: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  auth: {
    tls: { "cert-file": "tls.pem", "key-file": "tls.key", "client-ca-file": "clients.pem" },
    "trusted-proxies": ["127.0.0.1"],
    "public-url": "https://haprobe.example.org",
  },
  "auth.tokens[].scopes": { role: undefined },
  "auth.tokens[].vantage": { role: undefined, scopes: ["ingest"] },
  "auth.tokens[].site": { role: undefined, scopes: ["ingest"], vantage: "fra-lb-1" },
  hub: { "hub-token-file": "hub.token" },
  "hub-token-file": { hub: "https://hub.example.org" },
  "hub-ca-file": { hub: "https://hub.example.org", "hub-token-file": "hub.token" },
  "auth.tokens[].token-hash": { "token-file": undefined },
  "haproxy[].password-file": { username: "haprobe" },
  "haproxy[].client-key-file": { "client-cert-file": "haprobe.crt" },
  "alerts.channels[].name": WEBHOOK,
  "alerts.channels[].timeout": WEBHOOK,
  "alerts.channels[].per-minute": WEBHOOK,
  "alerts.channels[].webhook.secret-file": URL_KEY,
  "alerts.channels[].webhook.previous-secret-file": { ...URL_KEY, "secret-file": "hook.secret" },
  "alerts.channels[].webhook.headers": URL_KEY,
  "alerts.channels[].slack.flavor": URL_KEY,
  "alerts.channels[].alertmanager.bearer-token-file": URL_KEY,
  "alerts.channels[].email.username": { "password-file": "mail.password" },
  "alerts.channels[].email.password-file": { username: "haprobe" },
  "alerts.channels[].ntfy.url": { topic: "haprobe" },
  "alerts.channels[].ntfy.token-file": { topic: "haprobe" },
  "alerts.heartbeat.every": URL_KEY,
  "probes[].http.client-cert-file": KEY,
  "probes[].http.client-key-file": CERTIFICATE,
  "probes[].http.username": { "password-file": "probe.password" },
  "probes[].http.password-file": { username: "probe" },
  "probes[].tcp.send": { expect: "+PONG" },
  "probes[].tcp.server-name": OVER_TLS,
  ...Object.fromEntries(
    ["tcp", "grpc"].flatMap((way) => [
      [`probes[].${way}.ca-file`, OVER_TLS],
      [`probes[].${way}.insecure-skip-verify`, OVER_TLS],
      [`probes[].${way}.client-cert-file`, { ...OVER_TLS, ...KEY }],
      [`probes[].${way}.client-key-file`, { ...OVER_TLS, ...CERTIFICATE }],
    ]),
  ),
};

/** The file that an example names. */
const USERS = { "/cfg/users.yaml": "[]" };

/** A configuration that holds the value at a path such as `probes[].http.path`. */
function configWith(path: string, value: unknown): unknown {
  // The name of a label is part of its key.
  const parts = path.split(/\.(?!NAME$)/);
  const build = (at: number, place: string): unknown => {
    const part = parts[at];
    if (part === undefined) return value;
    const here = place === "" ? part : `${place}.${part}`;
    const inner = build(at + 1, here);
    const name = part.replace("[]", "");
    const beside = INSTEAD.has(here) ? {} : BESIDE[place];
    return { ...beside, ...BESIDE_KEY[here], [name]: part.endsWith("[]") ? [inner] : inner };
  };
  return build(0, "");
}

/** Values as people write them in the table. */
function boundText(name: string, value: number): string {
  if (name.endsWith("Ms")) return formatDuration(value);
  if (!/bytes/i.test(name)) return String(value);
  if (value % 1_048_576 === 0) return `${value / 1_048_576} MiB`;
  return value % 1_024 === 0 ? `${value / 1_024} KiB` : String(value);
}

const blocks = codeBlocks(page, "yaml");

describe("docs/configuration.md", () => {
  test("has a row for every key of the schema, and none for a key that does not exist", () => {
    expect(rows.map(({ key }) => key).toSorted()).toEqual(keys.map(({ path }) => path).toSorted());
  });

  test.each(rows)(
    "says of $key what it takes, an example that is right, and what for",
    ({ key, type, example, meaning }) => {
      expect(type).not.toBe("");
      expect(meaning).toMatch(/\.$/);
      const config = configWith(key, parse(example));
      expect(errorTextsOf(loadText(JSON.stringify(config), {}, USERS))).toEqual([]);
    },
  );

  const fixed = keys.filter((each) => ["string", "number", "boolean"].includes(typeof each.default));

  test.each(fixed.map((each) => [each.path, `\`${String(each.default)}\``]))(
    "says that %s is %s by default",
    (path, text) => {
      expect(rows.find(({ key }) => key === path)?.fallback).toBe(text);
    },
  );

  test("has a row for every bound with its value, and none for a bound that does not exist", () => {
    const written = tableAfter(page, "## Bounds").map((row) => cellsOf(row).slice(0, 2).join(" "));
    const held = Object.entries(BOUNDS).map(([name, value]) => `\`${name}\` ${boundText(name, value)}`);
    expect(written.toSorted()).toEqual(held.toSorted());
  });

  test.each(blocks.map((block, index) => [index + 1, block] as const))(
    "has a block %d that loads",
    (_number, block) => {
      expect(errorTextsOf(loadText(block))).toEqual([]);
    },
  );

  test("has blocks at all", () => {
    expect(blocks.length).toBeGreaterThanOrEqual(4);
  });

  test("names only keys of later versions that are refused as such", () => {
    const [, later = ""] = page.split("## Not in this version");
    const [section = ""] = later.split("\n## ");
    const named = [...section.matchAll(/`([a-z-]+)`/g)].map((match) => match[1] ?? "");
    const places = ["", "haproxy[]", "probes[]", "probes[].http"];
    const known = new Set(["haproxy", "probes", "http"]);
    const unknown = named.filter((key) => !known.has(key) && !places.some((place) => isReservedKey(place, key)));
    expect(unknown).toEqual([]);
    expect(named).toContain("agent-check");
  });
});

describe("the JSON Schema", () => {
  test("describes every key for editors", () => {
    expect(keys.filter(({ description }) => description === "").map(({ path }) => path)).toEqual([]);
  });

  const validate = new Ajv2020({ strict: false }).compile(settingsJsonSchema());

  test.each(blocks.map((block, index) => [index + 1, block] as const))("accepts block %d", (_number, block) => {
    expect([validate(parse(block)), validate.errors]).toEqual([true, null]);
  });

  test.each(rows)("accepts the example of $key, and a variable in its place", ({ key, example }) => {
    const value: unknown = parse(example);
    expect([validate(configWith(key, value)), validate.errors]).toEqual([true, null]);
    if (typeof value !== "object") expect(validate(configWith(key, "${NAME}"))).toBe(true);
  });

  test.each([
    ["an unknown key", { probe: [] }],
    ["an unknown word", { "log-level": "verbose" }],
    ["a time without a unit", { probes: [{ timeout: 5 }] }],
    ["a port out of range", { probes: [{ http: { port: 70_000 } }] }],
    ["an unknown pattern of a match", { probes: [{ match: { bakend: "x" } }] }],
    ["an instance without stats", { haproxy: [{ name: "a" }] }],
  ])("refuses %s", (_what, config) => {
    expect(validate(config)).toBe(false);
  });

  test("has the words and the defaults of haprobe", () => {
    expect(settingsJsonSchema()).toMatchObject({
      title: "haprobe configuration",
      type: "object",
      properties: {
        "log-level": { default: "info", anyOf: [{ enum: ["debug", "info", "warn", "error"] }, { type: "string" }] },
        probes: { type: "array", items: { properties: { http: { properties: { path: { type: "string" } } } } } },
      },
    });
  });
});
