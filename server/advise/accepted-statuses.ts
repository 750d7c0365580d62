import type { CheckExpectation } from "./check-rules.ts";

/** Answers that stand for their kind: success, redirect, denial, absence, overload, fault. */
const SAMPLES = [200, 204, 301, 302, 307, 401, 403, 404, 410, 429, 500, 502, 503] as const;
/** The whole body of a kube-apiserver that is ready, and the beginning and end of one that is not. */
export const KUBERNETES_BODIES = {
  healthy: "ok",
  failing: "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n",
};
/** Expressions of numbers that are compared; others are taken for one that accepts what is healthy. */
const SIMPLE_EXPRESSION = /^[\^$\d[\].|()?:\\d-]{1,64}$/;

/** The sample statuses with which a check passes; what the body must hold is left out. */
export function acceptedStatuses(expectations: readonly CheckExpectation[]): readonly number[] {
  const about = expectations.filter(({ match }) => match === "status" || match === "rstatus");
  if (expectations.length === 0) return SAMPLES.filter((status) => status < 400);
  return SAMPLES.filter((status) => about.every((expectation) => accepts(expectation, status)));
}

function accepts({ match, pattern, isNegated, isKnown }: CheckExpectation, status: number): boolean {
  if (!isKnown) return status < 400;
  const isMatched = match === "status" ? isInRanges(pattern, status) : matchesExpression(pattern, status);
  return isMatched === null ? status < 400 : isMatched !== isNegated;
}

function isInRanges(pattern: string, status: number): boolean | null {
  let isMatched = false;
  for (const range of pattern.split(",")) {
    const match = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(range);
    if (match === null) return null;
    isMatched ||= status >= Number(match[1]) && status <= Number(match[2] ?? match[1]);
  }
  return isMatched;
}

function matchesExpression(pattern: string, status: number): boolean | null {
  if (!SIMPLE_EXPRESSION.test(pattern)) return null;
  try {
    return new RegExp(pattern).test(String(status));
  } catch {
    return null;
  }
}

/** True where a body expectation is met by a kube-apiserver's list of failed checks, whose first line is `[+]ping ok`. */
export function matchesFailingBody({ match, pattern, isNegated, isKnown }: CheckExpectation): boolean {
  if (!isKnown) return false;
  const { failing } = KUBERNETES_BODIES;
  switch (match) {
    case "string":
      return failing.includes(pattern) !== isNegated;
    case "rstring":
      return matchesWord(pattern, failing) !== isNegated;
    default:
      return false;
  }
}

/** Expressions of a word with or without anchors: others count as not matched. */
function matchesWord(pattern: string, body: string): boolean {
  const [, start = "", word = "", end = ""] = /^(\^?)([\w ]*)(\$?)$/.exec(pattern) ?? ["", "^", "\0", "$"];
  if (start !== "" && end !== "") return body === word;
  if (start !== "") return body.startsWith(word);
  return end === "" ? body.includes(word) : body.endsWith(word);
}
