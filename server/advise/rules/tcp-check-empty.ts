import { causeOfBlindness } from "../blindness.ts";
import { cureHealthCheck } from "../health-check-cure.ts";
import { isBlind } from "../judge-checks.ts";
import { checkOptionInForce } from "../proxies.ts";
import type { Rule } from "../rule.ts";

export const tcpCheckEmpty: Rule = {
  id: "tcp-check-empty",
  severity: "error",
  why: "With option tcp-check but no expect rule HAProxy checks no more than a bare check: that the port accepts connections.",
  details:
    "`option tcp-check` runs the `tcp-check` rules of the section. Without one that reads an answer there is nothing that a failing server could get wrong.",
  example: `defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h

backend k8s-api
    option tcp-check
    default-server inter 10s downinter 5s rise 2 fall 2
    server cp-1 10.0.0.11:6443 check
`,
  detect: ({ checked, options }) =>
    checked.flatMap(({ proxy, checks }) => {
      const blind = checks.filter(isBlind);
      const option = checkOptionInForce(proxy);
      if (option === null || blind.length === 0 || causeOfBlindness(proxy) !== "tcp-check-empty") return [];
      const isKubernetes = blind.some(({ kind }) => kind === "kubernetes");
      return [
        {
          line: option.line,
          word: option.word,
          proxy,
          checks: blind,
          severity: isKubernetes ? "error" : proxy.mode === "http" ? "warning" : "note",
          message:
            "option tcp-check has no rule that reads an answer: the check only sees that the port accepts connections.",
          cure: cureHealthCheck(options, proxy, blind),
        },
      ];
    }),
};
