import { cureHealthCheck } from "../health-check-cure.ts";
import { areExpectationsRight } from "../wanted-check.ts";
import type { JudgedCheck, Rule } from "../rule.ts";

export const checkAcceptsDenial: Rule = {
  id: "check-accepts-denial",
  severity: "error",
  why: "The expectation lets 401 or 403 pass: answers that say nothing of the server's health.",
  details:
    "A kube-apiserver denies a request before it looks at its health. One that is starting answers 403 until its roles are loaded, so `http-check expect status 403` takes it for UP before it is ready, and for DOWN once it is. Give the check an answer instead: [Curing a blind check](../curing-a-blind-check.md) shows the ways.",
  example: `defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout check 5s

backend apiserver
    option httpchk GET /healthz
    http-check expect rstatus (200|401|403)
    server cp-1 10.0.0.11:6443 check check-ssl verify none
`,
  detect: ({ checked, options }) =>
    checked.flatMap(({ proxy, checks }) => {
      const wrong = checks.filter(acceptsDenial);
      const [first] = wrong;
      const expectation = first?.expectations[0];
      if (first === undefined || expectation === undefined) return [];
      const isKubernetes = first.kind === "kubernetes";
      return [
        {
          line: expectation.line,
          word: expectation.word,
          proxy,
          checks: wrong,
          severity: isKubernetes ? "error" : "note",
          message: "A server that answers 401 or 403 passes this check: that says nothing of its health.",
          cure: isKubernetes ? cureHealthCheck(options, proxy, wrong) : [],
        },
      ];
    }),
};

function acceptsDenial({ accepts, expectations, kind, tracks }: JudgedCheck): boolean {
  if (accepts === null || expectations.length === 0 || tracks !== null) return false;
  if (!accepts.includes(401) && !accepts.includes(403)) return false;
  if (accepts.some((status) => status >= 500)) return false;
  if (kind === "kubernetes" && areExpectationsRight(expectations, kind)) return false;
  // `! rstatus ^5` names no denial: it lets everything pass that is not an error of the server.
  return kind === "kubernetes" || expectations.every(({ isNegated }) => !isNegated);
}
