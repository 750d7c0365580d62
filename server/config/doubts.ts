import type { RuleSettings } from "../contract/settings.ts";
import type { Path } from "./document.ts";

/** Something that is allowed and probably not meant. */
export interface Doubt {
  readonly path: Path;
  readonly message: string;
}

/** Looks for rules that never count and secrets that are never sent. */
export function ruleDoubts(rules: readonly RuleSettings[]): Doubt[] {
  return [...neverReached(rules), ...neverSent(rules)];
}

function neverReached(rules: readonly RuleSettings[]): Doubt[] {
  const all = rules.findIndex(({ match }) => Object.keys(match).length === 0);
  if (all < 0) return [];
  return rules.slice(all + 1).map((_, i) => ({
    path: ["probes", all + 1 + i],
    message: `never counts: probes[${all}] before it matches every server`,
  }));
}

/** What a rule's secrets are called in the file. */
const SECRETS = [
  ["bearerTokenFile", "bearer-token-file"],
  ["passwordFile", "password-file"],
  ["clientKeyFile", "client-key-file"],
] as const;

function neverSent(rules: readonly RuleSettings[]): Doubt[] {
  return rules.flatMap(({ http, tcp, grpc, allow }, index) => {
    const rule = http ?? tcp ?? grpc;
    if (rule === null || allow.length > 0) return [];
    const overTls = http === null ? (tcp ?? grpc)?.tls === true : http.scheme !== "http";
    if (overTls && rule.caFile !== null) return [];
    const secrets: Partial<Record<(typeof SECRETS)[number][0], string | null>> = { ...rule };
    const message = "is never sent: it goes only to addresses in allow, or over TLS to servers that ca-file verifies";
    const place = ["probes", index, http !== null ? "http" : tcp !== null ? "tcp" : "grpc"];
    return SECRETS.flatMap(([name, key]) => (secrets[name] ? [{ path: [...place, key], message }] : []));
  });
}
