import { cureHealthCheck } from "../health-check-cure.ts";
import { isUnchecked } from "../judge-checks.ts";
import { setOptions } from "../server-line-cure.ts";
import type { Rule } from "../rule.ts";

export const checkMissing: Rule = {
  id: "check-missing",
  severity: "error",
  why: "A server line without check is never checked, so HAProxy sends clients to it whatever state it is in.",
  details:
    "The status of such a server is `no check`, and it counts as UP. `option httpchk` and `http-check` rules do not turn a check on: the word `check` on the server line or on `default-server` does.",
  example: `defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h

backend apiserver
    server cp-1 10.0.0.11:6443
    server cp-2 10.0.0.12:6443
`,
  detect: ({ checked, options }) =>
    checked.flatMap(({ proxy, checks }) => {
      const unchecked = checks.filter(isUnchecked);
      const [first] = unchecked;
      if (first === undefined) return [];
      const isKubernetes = unchecked.some(({ kind }) => kind === "kubernetes");
      const isHttp = unchecked.some(({ kind }) => kind !== "other");
      const bare = unchecked.map(({ server }) => setOptions(server, [{ keyword: "check", text: "check" }]));
      return [
        {
          line: first.server.line,
          word: first.server.name,
          proxy,
          checks: unchecked,
          severity: isKubernetes ? "error" : "warning",
          message: `${unchecked.length === 1 ? "The server is" : `${unchecked.length} servers are`} never checked: HAProxy sends clients to a dead one.`,
          cure: isHttp
            ? cureHealthCheck(
                options,
                proxy,
                checks.filter(({ tracks }) => tracks === null),
              )
            : bare,
        },
      ];
    }),
};
