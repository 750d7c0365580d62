import type { InstanceSettings, RuleMatch, RuleSettings } from "../contract/settings.ts";
import type { ServerView } from "../contract/view.ts";
import { matchesPatterns, matchesGlob } from "../match.ts";
import { type Cidr, containsIp, parseCidr, parseIp } from "./ip.ts";
import { memoizeByList } from "./memoize-by-list.ts";

/** The first rule that fits the server; null if none does. */
export function findMatchingRule(
  rules: readonly RuleSettings[],
  view: ServerView,
  instance: InstanceSettings,
): RuleSettings | null {
  return rules.find((rule) => matchesRule(rule.match, view, instance)) ?? null;
}

/** Address and port are HAProxy's own, before the address-map. A label that the instance does not have is compared as empty. */
function matchesRule(match: RuleMatch, view: ServerView, instance: InstanceSettings): boolean {
  return (
    matchesText(match.backend, view.backend) &&
    matchesText(match.server, view.server) &&
    matchesText(match.instance, instance.name) &&
    matchesText(match.site, instance.site) &&
    matchesText(match.mode, view.mode) &&
    matchesAddress(match.address, view) &&
    matchesText(match.port, view.address.kind === "ip" ? String(view.address.port) : "") &&
    matchesLabels(match.labels, instance.labels)
  );
}

function matchesText(globs: readonly string[] | undefined, text: string): boolean {
  return globs === undefined || matchesPatterns(globs, text);
}

/** A pattern with a slash is a network: no address has one. */
function matchesAddress(patterns: readonly string[] | undefined, view: ServerView): boolean {
  if (patterns === undefined) return true;
  const text = addressText(view);
  const networks = parseNetworks(patterns);
  const ip = networks.size === 0 ? null : parseIp(text);
  return matchesPatterns(patterns, text, (pattern) => {
    const network = networks.get(pattern);
    return network === undefined ? matchesGlob(pattern, text) : ip !== null && containsIp(network, ip);
  });
}

const parseNetworks = memoizeByList((patterns: readonly string[]) => {
  const networks = new Map<string, Cidr>();
  for (const pattern of patterns) {
    const plain = pattern.replace(/^!/, "");
    const network = plain.includes("/") ? parseCidr(plain) : null;
    if (network !== null) networks.set(plain, network);
  }
  return networks;
});

function addressText({ address }: ServerView): string {
  if (address.kind === "ip") return address.host;
  return address.kind === "unix" ? "unix" : "";
}

function matchesLabels(wanted: RuleMatch["labels"], labels: InstanceSettings["labels"]): boolean {
  if (wanted === undefined) return true;
  return Object.entries(wanted).every(([name, globs]) =>
    matchesPatterns(globs, Object.hasOwn(labels, name) ? (labels[name] ?? "") : ""),
  );
}
