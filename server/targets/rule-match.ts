import type { InstanceSettings, RuleMatch, RuleSettings } from "../contract/settings.ts";
import type { ServerView } from "../contract/view.ts";
import { matchesAny } from "../match.ts";

/** The first rule that fits the server; null if none does. */
export function firstRule(
  rules: readonly RuleSettings[],
  view: ServerView,
  instance: InstanceSettings,
): RuleSettings | null {
  return rules.find((rule) => fits(rule.match, view, instance)) ?? null;
}

/** Address and port are HAProxy's own, before the address-map. A label that the instance does not have is compared as empty. */
function fits(match: RuleMatch, view: ServerView, instance: InstanceSettings): boolean {
  const { address } = view;
  const fitsText = (globs: readonly string[] | undefined, text: string): boolean =>
    globs === undefined || matchesAny(globs, text);
  return (
    fitsText(match.instance, instance.name) &&
    fitsText(match.site, instance.site) &&
    fitsText(match.backend, view.backend) &&
    fitsText(match.server, view.server) &&
    fitsText(match.mode, view.mode) &&
    fitsText(match.address, address.kind === "ip" ? address.host : address.kind === "unix" ? "unix" : "") &&
    fitsText(match.port, address.kind === "ip" ? String(address.port) : "") &&
    Object.entries(match.labels ?? {}).every(([name, globs]) =>
      matchesAny(globs, Object.hasOwn(instance.labels, name) ? (instance.labels[name] ?? "") : ""),
    )
  );
}
