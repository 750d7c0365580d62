import type { RuleMatch } from "../contract/settings.ts";
import { isMapping, type Kind, type Problem, type Reading, wrong } from "./field.ts";
import { addressGlobs, globs } from "./globs.ts";

/** Keys of `match:` and what they are compared with. */
const MATCH_KEYS = {
  instance: "Name of the instance.",
  site: "Site of the instance.",
  backend: "Name of the backend or listen section.",
  server: "Name of the server.",
  address: "HAProxy's address of the server, or a network, before the address-map; unix for a socket.",
  port: "HAProxy's port of the server.",
  mode: "Mode of the backend: http or tcp.",
} as const satisfies Record<string, string>;
type MatchKey = keyof typeof MATCH_KEYS;

const LABEL = /^label\.([a-z][a-z0-9_-]{0,62})$/i;

/** `match:` of a rule: patterns by what they are compared with, and `label.NAME` for labels of the instance. */
export const ruleMatch: Kind<RuleMatch> = {
  expected: "a mapping such as {backend: k8s-*}",
  hint: {
    type: "object",
    properties: Object.fromEntries(
      Object.entries(MATCH_KEYS).map(([key, description]) => [key, { ...globs.hint, description }]),
    ),
    patternProperties: { "^label\\.": { ...globs.hint, description: "Label of the instance." } },
    additionalProperties: false,
  },
  read(value) {
    if (!isMapping(value)) return wrong("is no mapping");
    const known: [string, readonly string[]][] = [];
    const labels: [string, readonly string[]][] = [];
    const problems: Problem[] = [];
    for (const [key, item] of Object.entries(value)) {
      const [, label] = LABEL.exec(key) ?? [];
      if (label === undefined && !isMatchKey(key)) {
        problems.push({ wrong: "is not known", unknownKey: true, path: [key] });
        continue;
      }
      const kind = key === "address" ? addressGlobs : globs;
      const reading = kind.read(item);
      if (reading.kind === "right") (label === undefined ? known : labels).push([label ?? key, reading.value]);
      else problems.push(...reading.problems.map((each) => under(key, kind.expected, each)));
    }
    if (problems.length > 0) return { kind: "wrong", problems };
    return matchOf(known, labels);
  },
};

function isMatchKey(key: string): key is MatchKey {
  return Object.hasOwn(MATCH_KEYS, key);
}

function under(key: string, expected: string, problem: Problem): Problem {
  return { expected, ...problem, path: [key, ...(problem.path ?? [])] };
}

function matchOf(known: [string, readonly string[]][], labels: [string, readonly string[]][]): Reading<RuleMatch> {
  const match: RuleMatch = Object.fromEntries(known);
  return { kind: "right", value: labels.length === 0 ? match : { ...match, labels: Object.fromEntries(labels) } };
}
