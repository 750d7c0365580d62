import { stringify } from "yaml";
import { z } from "zod";
import { redactDatabaseUrl } from "../contract/redact-database-url.ts";
import { REDACTED, redactQuery, SECRET_NAME } from "../contract/redact-query.ts";
import type {
  DiscoverySettings,
  InstanceSettings,
  RuleSettings,
  Settings,
  TokenSettings,
} from "../contract/settings.ts";
import { discoverySchema, instanceSchema } from "./instance-schema.ts";
import { DEFAULT_SITE } from "./instances.ts";
import { renderAlerts } from "./render-alerts.ts";
import { ruleSchema } from "./rule-schema.ts";
import { ownSettingsSchema } from "./schema.ts";
import { statsAccessOf } from "./stats-access.ts";

/** The configuration in force, in the form of the file. Loading it again gives the same settings, except for what is redacted. */
export function renderSettings(settings: Settings): string {
  const { database } = settings;
  const own = {
    ...settings,
    metrics: { perServer: settings.metricsPerServer },
    dataDir: settings.dataDir ?? "none",
    recording:
      settings.recording === null
        ? ("none" as const)
        : { keepMs: settings.recording.keepMs, maxSize: settings.recording.maxBytes },
    database: database?.kind === "url" ? redactDatabaseUrl(database.url) : null,
    databaseFile: database?.kind === "file" ? database.path : null,
    site: settings.site === DEFAULT_SITE ? null : settings.site,
    hub: settings.hub?.urls ?? null,
    hubTokenFile: settings.hub?.tokenFile ?? null,
    hubCaFile: settings.hub?.caFile ?? null,
    auth: { ...settings.auth, tokens: settings.auth.tokens.map(flattenToken) },
  };
  const alerts = renderAlerts(settings.alerts);
  const config = {
    ...z.encode(ownSettingsSchema, own),
    ...(alerts === null ? {} : { alerts }),
    haproxy: [...settings.instances.map(encodeInstance), ...settings.discoveries.map(encodeDiscovery)],
    probes: settings.rules.map(encodeRule),
  };
  return toYaml(config);
}

function flattenToken({ vantage, ...token }: TokenSettings) {
  return { ...token, vantage: vantage?.vantage ?? null, site: vantage?.site ?? null };
}

/** The list `probes` of a configuration, without secrets. */
export function renderRules(rules: readonly RuleSettings[]): string {
  return toYaml({ probes: rules.map(encodeRule) });
}

function toYaml(config: unknown): string {
  return stringify(escapeVariables(config), { lineWidth: 0, aliasDuplicateObjects: false });
}

function encodeInstance(instance: InstanceSettings): unknown {
  return redactHeaders(z.encode(instanceSchema, { cfg: null, ...instance, ...statsAccessOf(instance.stats) }));
}

function encodeDiscovery({ name, dns, port, template }: DiscoverySettings): unknown {
  const { stats } = template;
  const page = stats.kind === "page" ? stats : null;
  const scheme = stats.kind === "page" ? (stats.tls === null ? "http" : "https") : stats.kind;
  return redactHeaders(
    z.encode(discoverySchema, {
      name,
      discover: { dns, port, scheme, path: page?.path ?? null },
      ...template,
      ...statsAccessOf(stats),
      username: page?.login?.user ?? null,
    }),
  );
}

/** A rule that is skipped has no other keys. Without TLS, `insecure-skip-verify` has no effect and may not be in the file. */
function encodeRule({ probe, ...rule }: RuleSettings): unknown {
  const { match, ...file } = z.encode(ruleSchema, { ...rule, probe });
  if (rule.skip) return { match, skip: true };
  const { skip: _, ...keys } = file;
  if (probe === null) return { match, ...keys };
  const asked = redactHeaders(keys[probe.type] as Readonly<Record<string, unknown>>);
  return { match, ...keys, [probe.type]: redactProbe(asked) };
}

function redactProbe({ path, send, ...keys }: Readonly<Record<string, unknown>>): unknown {
  const { "insecure-skip-verify": skipVerify, ...rest } = keys;
  return {
    ...(typeof path === "string" ? { path: redactQuery(path) } : {}),
    ...(send === undefined ? {} : { send: REDACTED }),
    ...(skipVerify === true ? { "insecure-skip-verify": true } : {}),
    ...rest,
  };
}

function redactHeaders(entry: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (entry.headers === undefined) return entry;
  const headers = Object.entries(entry.headers as Readonly<Record<string, string>>);
  const redacted = headers.map(([name, value]) => [name, SECRET_NAME.test(name) ? REDACTED : value]);
  return { ...entry, headers: Object.fromEntries(redacted) };
}

/** `$` begins a variable in the file, so it is doubled. */
function escapeVariables(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(escapeVariables);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeVariables(item)]));
}
