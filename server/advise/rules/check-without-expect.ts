import { cureHealthCheck } from "../health-check-cure.ts";
import type { Rule } from "../rule.ts";
import { isRequestRight } from "../wanted-check.ts";

export const checkWithoutExpect: Rule = {
  id: "check-without-expect",
  severity: "warning",
  why: "Without an expect rule every 2xx and 3xx passes, so a proxy or a login page in front of the API server passes as well.",
  details: "An API server that is ready answers its health path with 200 and nothing else.",
  example: `defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout check 5s

backend apiserver
    option httpchk GET /readyz
    server cp-1 10.0.0.11:6443 check check-ssl verify none
`,
  detect: ({ checked, options }) =>
    checked.flatMap(({ proxy, checks }) => {
      const open = checks.filter(
        ({ kind, accepts, expectations, tracks, request }) =>
          kind === "kubernetes" &&
          accepts !== null &&
          expectations.length === 0 &&
          tracks === null &&
          request !== null &&
          isRequestRight(request, kind),
      );
      const line = open[0]?.option?.line;
      if (line === undefined) return [];
      const message = "No http-check expect: every 2xx and 3xx passes. A ready API server answers 200.";
      const cure = cureHealthCheck(options, proxy, open);
      return [{ line, word: line.words[1], proxy, checks: open, message, cure }];
    }),
};
