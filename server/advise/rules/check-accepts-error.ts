import { cureHealthCheck } from "../health-check-cure.ts";
import { matchesFailure } from "../judge-checks.ts";
import type { JudgedCheck, Rule } from "../rule.ts";

export const checkAcceptsError: Rule = {
  id: "check-accepts-error",
  severity: "error",
  why: "The expectation lets an answer of 500 pass, so a server that says that it fails is UP.",
  details:
    "`http-check expect string ok` does not look at the status. A kube-apiserver that lost etcd answers 500 with a list whose first line is `[+]ping ok`: the check passes. `http-check expect rstring ^ok$` or `http-check expect status 200` does not. Without any `expect` rule HAProxy wants 2xx or 3xx.",
  example: `defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout check 5s

backend apiserver
    option httpchk GET /healthz
    http-check expect string ok
    server cp-1 10.0.0.11:6443 check check-ssl verify none
`,
  detect: ({ checked, options }) =>
    checked.flatMap(({ proxy, checks }) => {
      const wrong = checks.filter(acceptsError);
      const expectation = wrong[0]?.expectations[0];
      if (expectation === undefined) return [];
      const isBody = wrong[0] !== undefined && matchesFailure(wrong[0]);
      const message = isBody
        ? `"${expectation.pattern}" is in the answer of a failing API server, too ([+]ping ok), and the status is not looked at.`
        : "A server that answers with 500 or more passes this check.";
      const cure = cureHealthCheck(options, proxy, wrong);
      return [{ line: expectation.line, word: expectation.word, proxy, checks: wrong, message, cure }];
    }),
};

function acceptsError(check: JudgedCheck): boolean {
  const { accepts, expectations, tracks } = check;
  if (accepts === null || expectations.length === 0 || tracks !== null) return false;
  if (matchesFailure(check)) return true;
  // A text or a header that a failing server does not send is an expectation as well.
  return accepts.some((status) => status >= 500) && expectations.every(({ match }) => match.endsWith("status"));
}
