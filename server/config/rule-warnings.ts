import type { RuleSettings } from "../contract/settings.ts";
import type { ConfigWarning, EntryLocation } from "./config-file.ts";
import { pathText } from "./issues.ts";

/** A rule, and where its entry stands. */
export interface LocatedRule {
  readonly at: EntryLocation;
  readonly settings: RuleSettings;
}

/** Looks for rules that never count and secrets that are never sent. */
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

/** What a rule's secrets are called in the file. */
const SECRETS = [
  ["bearerTokenFile", "bearer-token-file"],
  ["passwordFile", "password-file"],
  ["clientKeyFile", "client-key-file"],
] as const;

function unsentSecrets(rules: readonly LocatedRule[]): ConfigWarning[] {
  return rules.flatMap(({ at, settings: { http, tcp, grpc, allow } }) => {
    const rule = http ?? tcp ?? grpc;
    if (rule === null || allow.length > 0) return [];
    const overTls = http === null ? (tcp ?? grpc)?.tls === true : http.scheme !== "http";
    if (overTls && rule.caFile !== null) return [];
    const secrets: Partial<Record<(typeof SECRETS)[number][0], string | null>> = { ...rule };
    const message = "is never sent: it goes only to addresses in allow, or over TLS to servers that ca-file verifies";
    const way = http !== null ? "http" : tcp !== null ? "tcp" : "grpc";
    return SECRETS.flatMap(([name, key]) => (secrets[name] ? [{ at, path: [...at.path, way, key], message }] : []));
  });
}
