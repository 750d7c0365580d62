import { cureHealthCheck } from "../health-check-cure.ts";
import { checkOptionInForce, type Proxy } from "../proxies.ts";
import type { Rule } from "../rule.ts";

export const checkRequestLost: Rule = {
  id: "check-request-lost",
  severity: "error",
  why: "An http-check rule in a section replaces the whole check of its defaults, request included, so the check sends nothing and times out.",
  details:
    "`option httpchk GET /health` in `defaults` and `http-check expect status 200` in the backend look as if they complete each other. HAProxy takes the backend's rules alone: the check connects, sends nothing, and every server is DOWN with L7TOUT. Say `option httpchk` and the request again in the section.",
  example: `defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option httpchk GET /health

backend app
    http-check expect status 200
    server app-1 10.0.0.21:8080 check
`,
  detect: ({ checked, options }) =>
    checked.flatMap(({ proxy, checks }) => {
      const rule = proxy.ownHttpRules.find(({ action }) => action === "expect");
      const active = checks.filter(({ depth, tracks }) => depth === "application" && tracks === null);
      if (rule === undefined || active.length === 0 || !isRequestLost(proxy)) return [];
      const message =
        "This rule replaces the request of the defaults: the check sends nothing and every server is DOWN.";
      const cure = cureHealthCheck(options, proxy, active);
      return [{ line: rule.line, word: rule.line.words[0], proxy, checks: active, message, cure }];
    }),
};

function isRequestLost(proxy: Proxy): boolean {
  const option = checkOptionInForce(proxy);
  if (option?.name !== "httpchk" || option.isOwn) return false;
  return !proxy.ownHttpRules.some(({ action }) => action === "send");
}
