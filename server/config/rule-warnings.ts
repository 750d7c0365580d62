import type { RuleSettings } from "../contract/settings.ts";
import type { ProbeRule } from "../contract/target.ts";
import type { ConfigWarning, EntryLocation } from "./config-file.ts";
import { pathText } from "./issues.ts";
import { fileKey } from "./mapping.ts";

/** A rule, and the location of its entry. */
export interface LocatedRule {
  readonly at: EntryLocation;
  readonly settings: RuleSettings;
}

/** Finds rules that never match, secrets that are never sent and secrets that are sent in plain text. */
export function findRuleWarnings(rules: readonly LocatedRule[]): ConfigWarning[] {
  return [...shadowedRules(rules), ...unsentSecrets(rules), ...plaintextSecrets(rules)];
}

function shadowedRules(rules: readonly LocatedRule[]): ConfigWarning[] {
  const index = rules.findIndex(({ settings }) => Object.keys(settings.match).length === 0);
  const all = rules[index];
  if (all === undefined) return [];
  return rules.slice(index + 1).map(({ at }) => {
    const name = `${pathText(all.at.path)}${all.at.filePath === at.filePath ? "" : ` of ${all.at.file}`}`;
    return { at, path: at.path, message: `never counts: ${name} before it matches every server` };
  });
}

const CHANNEL_SECRET_FILES = [
  "urlFile",
  "secretFile",
  "previousSecretFile",
  "routingKeyFile",
  "topicFile",
  "botTokenFile",
];

/** Keys that name a file with a secret. */
const SECRET_FILES = [
  "bearerTokenFile",
  "passwordFile",
  "clientKeyFile",
  "keyFile",
  "clientSecretFile",
  "databaseFile",
  "tokenFile",
  ...CHANNEL_SECRET_FILES,
];

/** True for a key, in the form of the file, that names a file with a secret. */
export function isSecretFileKey(key: unknown): boolean {
  return SECRET_FILES.some((name) => fileKey(name) === key);
}

function unsentSecrets(rules: readonly LocatedRule[]): ConfigWarning[] {
  return rules.flatMap(({ at, settings: { probe, allow } }) => {
    if (probe === null || allow.length > 0 || verifiesByName(probe)) return [];
    const message =
      "is never sent: it goes only to addresses in allow, or over TLS to servers that ca-file verifies under server-name or host";
    return secretKeys(probe).map((key) => ({ at, path: [...at.path, probe.type, key], message }));
  });
}

function verifiesByName(probe: ProbeRule): boolean {
  const name = probe.serverName ?? ("host" in probe ? probe.host : null);
  return mayUseTls(probe) && probe.caFile !== null && name !== null;
}

/** Rules whose secrets go in plain text to any address that HAProxy names. */
function plaintextSecrets(rules: readonly LocatedRule[]): ConfigWarning[] {
  return rules.flatMap(({ at, settings: { probe, allow } }) => {
    const wide = allow.findIndex((network) => network.endsWith("/0"));
    if (wide < 0 || probe === null || secretKeys(probe).length === 0 || alwaysUsesTls(probe)) return [];
    const message = "holds every address, so HAProxy decides which servers get the secrets of this rule in plain text";
    return [{ at, path: [...at.path, "allow", wide], message }];
  });
}

function secretKeys(probe: ProbeRule): string[] {
  return Object.entries(probe).flatMap(([name, value]) =>
    SECRET_FILES.includes(name) && value !== null ? [fileKey(name)] : [],
  );
}

function mayUseTls(probe: ProbeRule): boolean {
  return probe.type === "http" ? probe.scheme !== "http" : probe.tls !== null;
}

function alwaysUsesTls(probe: ProbeRule): boolean {
  return probe.type === "http" ? probe.scheme === "https" : probe.tls !== null;
}
