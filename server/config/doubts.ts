import type { InstanceSettings, RuleSettings } from "../contract/settings.ts";
import type { Path } from "./document.ts";

/** Something that is allowed and probably not meant. */
export interface Doubt {
  readonly path: Path;
  readonly message: string;
}

/** Looks for rules that never count, tokens that are never sent and HAProxies that are asked twice. */
export function doubts(instances: readonly InstanceSettings[], rules: readonly RuleSettings[]): Doubt[] {
  return [...askedTwice(instances), ...neverReached(rules), ...neverSent(rules)];
}

function askedTwice(instances: readonly InstanceSettings[]): Doubt[] {
  return instances.flatMap((instance, index) => {
    const twin = instances.findIndex(({ statsText }) => statsText === instance.statsText);
    return twin === index
      ? []
      : [
          {
            path: ["haproxy", index, "stats"],
            message: `is the same as that of haproxy[${twin}]: each server shows twice`,
          },
        ];
  });
}

function neverReached(rules: readonly RuleSettings[]): Doubt[] {
  const all = rules.findIndex(({ match }) => Object.keys(match).length === 0);
  if (all < 0) return [];
  return rules.slice(all + 1).map((_, i) => ({
    path: ["probes", all + 1 + i],
    message: `never counts: probes[${all}] before it matches every server`,
  }));
}

function neverSent(rules: readonly RuleSettings[]): Doubt[] {
  return rules.flatMap(({ http, allow }, index) => {
    if (http === null || http.bearerTokenFile === null || allow.length > 0) return [];
    if (http.scheme !== "http" && http.caFile !== null) return [];
    const message = "is never sent: it goes only to addresses in allow, or over https to servers that ca-file verifies";
    return [{ path: ["probes", index, "http", "bearer-token-file"], message }];
  });
}
