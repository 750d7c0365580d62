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

/** Finds rules that never match and secrets that are never sent. */
export function findRuleWarnings(rules: readonly LocatedRule[]): ConfigWarning[] {
  return [...shadowedRules(rules), ...unsentSecrets(rules)];
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

const SECRET_FILES = ["bearerTokenFile", "passwordFile", "clientKeyFile"];

function unsentSecrets(rules: readonly LocatedRule[]): ConfigWarning[] {
  return rules.flatMap(({ at, settings: { probe, allow } }) => {
    if (probe === null || allow.length > 0 || (mayUseTls(probe) && probe.caFile !== null)) return [];
    const message = "is never sent: it goes only to addresses in allow, or over TLS to servers that ca-file verifies";
    return Object.entries(probe)
      .filter(([key, value]) => SECRET_FILES.includes(key) && value !== null)
      .map(([key]) => ({ at, path: [...at.path, probe.type, fileKey(key)], message }));
  });
}

function mayUseTls(probe: ProbeRule): boolean {
  return probe.type === "http" ? probe.scheme !== "http" : probe.tls;
}
