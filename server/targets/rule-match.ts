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
  return (
    fitsText(match.backend, view.backend) &&
    fitsText(match.server, view.server) &&
    fitsText(match.instance, instance.name) &&
    fitsText(match.site, instance.site) &&
    fitsText(match.mode, view.mode) &&
    fitsText(match.address, addressText(view)) &&
    fitsText(match.port, view.address.kind === "ip" ? String(view.address.port) : "") &&
    fitsLabels(match.labels, instance.labels)
  );
}

function fitsText(globs: readonly string[] | undefined, text: string): boolean {
  return globs === undefined || matchesAny(globs, text);
}

function addressText({ address }: ServerView): string {
  if (address.kind === "ip") return address.host;
  return address.kind === "unix" ? "unix" : "";
}

function fitsLabels(wanted: RuleMatch["labels"], labels: InstanceSettings["labels"]): boolean {
  if (wanted === undefined) return true;
  return Object.entries(wanted).every(([name, globs]) =>
    matchesAny(globs, Object.hasOwn(labels, name) ? (labels[name] ?? "") : ""),
  );
}
