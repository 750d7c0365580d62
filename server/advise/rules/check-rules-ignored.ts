import { causeOfBlindness } from "../blindness.ts";
import { cureHealthCheck } from "../health-check-cure.ts";
import { isBlind } from "../judge-checks.ts";
import type { Rule } from "../rule.ts";

export const checkRulesIgnored: Rule = {
  id: "check-rules-ignored",
  severity: "error",
  why: "Without option httpchk the http-check rules do nothing, so the check sees only that the port accepts connections.",
  details:
    "HAProxy reads the rules, warns once at its start, and checks the connection alone. The rules take effect with `option httpchk` in the same section or in its `defaults`.",
  example: `defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout check 5s

backend apiserver
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes
    http-check expect status 200
    server cp-1 10.0.0.11:6443 check check-ssl verify none
`,
  detect: ({ checked, options }) =>
    checked.flatMap(({ proxy, checks }) => {
      const blind = checks.filter(isBlind);
      const rule = proxy.ownHttpRules[0];
      if (rule === undefined || blind.length === 0 || causeOfBlindness(proxy) !== "rules-ignored") return [];
      const message = "http-check rules without option httpchk: HAProxy ignores them.";
      const cure = cureHealthCheck(options, proxy, blind);
      return [{ line: rule.line, word: rule.line.words[0], proxy, checks: blind, message, cure }];
    }),
};
