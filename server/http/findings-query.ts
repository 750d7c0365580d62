import { FINDING_CODES, type Finding } from "../contract/finding.ts";

export type ParsedFindingsQuery =
  | { readonly kind: "good"; readonly matches: (finding: Finding) => boolean }
  | { readonly kind: "bad"; readonly detail: string };

/** Reads `code` and `instance`, each repeatable; anything else is a mistake. */
export function parseFindingsQuery(parameters: URLSearchParams): ParsedFindingsQuery {
  const codes = new Set<string>();
  const instances = new Set<string>();
  for (const [name, value] of parameters) {
    if (name === "code" && (FINDING_CODES as readonly string[]).includes(value)) codes.add(value);
    else if (name === "instance" && value !== "") instances.add(value);
    else if (name === "code") return { kind: "bad", detail: `A code is one of ${FINDING_CODES.join(", ")}.` };
    else return { kind: "bad", detail: "The filters are code and instance, each with a value." };
  }
  return {
    kind: "good",
    matches: ({ code, subject }) =>
      (codes.size === 0 || codes.has(code)) &&
      (instances.size === 0 || (subject.instance !== null && instances.has(subject.instance))),
  };
}
