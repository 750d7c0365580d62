import type { AlertMatch } from "../../server/contract/alert-settings.ts";
import type { RuleMatch } from "../../server/contract/settings.ts";
import { splitServerKey } from "../../server/contract/server-key.ts";

/** What a matcher can compare. */
export const MATCH_KEYS = [
  "server",
  "backend",
  "instance",
  "subject",
  "verdict",
  "notice",
  "reason",
  "urgency",
  "site",
] as const;
export type MatchKey = (typeof MATCH_KEYS)[number];

/** One line of the form: a key and its patterns, separated by spaces or commas. */
export interface Matcher {
  readonly key: MatchKey;
  readonly patterns: string;
}

/** Matchers as the API takes them; those without a pattern are left out. */
export function toMatch(matchers: readonly Matcher[]): Readonly<Record<string, readonly string[]>> {
  const match = new Map<string, string[]>();
  for (const { key, patterns } of matchers) {
    const values = patterns.split(/[\s,]+/).filter((pattern) => pattern !== "");
    if (values.length > 0) match.set(key, [...(match.get(key) ?? []), ...values]);
  }
  return Object.fromEntries(match);
}

/** Matchers of one server, by its key; one empty line for any other text. */
export function matchersOf(key: string | null): readonly Matcher[] {
  const names = key === null ? null : splitServerKey(key);
  if (names === null) return [{ key: "backend", patterns: "" }];
  return [
    { key: "instance", patterns: names.instance },
    { key: "backend", patterns: names.backend },
    { key: "server", patterns: names.server },
  ];
}

/** A match in words: `backend k8s-api, server cp-*`. */
export function formatMatch({ labels = {}, ...match }: AlertMatch | RuleMatch): string {
  return [
    ...Object.entries(match).map(([key, patterns]) => `${key} ${patterns.join(" or ")}`),
    ...Object.entries(labels).map(([label, patterns]) => `label ${label} ${patterns.join(" or ")}`),
  ].join(", ");
}
