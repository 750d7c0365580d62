import { causeOfBlindness } from "../blindness.ts";
import { cureHealthCheck } from "../health-check-cure.ts";
import { isBlind } from "../judge-checks.ts";
import { checkOptionInForce } from "../proxies.ts";
import type { Rule } from "../rule.ts";

export const checkOverridden: Rule = {
  id: "check-overridden",
  severity: "error",
  why: "Of several options that say how to check, HAProxy takes the last one and says nothing of the others, so option httpchk is never used.",
  details:
    "`option httpchk`, `option ssl-hello-chk`, `option tcp-check`, `option mysql-check` and the like each replace the one before, and the `http-check` rules are dropped with it. HAProxy does not warn. kubeadm's own guide had `option ssl-hello-chk` behind `option httpchk` from 2020 to 2024.",
  example: `defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout check 5s

backend apiserver
    option httpchk GET /healthz
    http-check expect status 200
    option ssl-hello-chk
    server cp-1 10.0.0.11:6443 check
`,
  detect: ({ checked, options }) =>
    checked.flatMap(({ proxy, checks }) => {
      const option = checkOptionInForce(proxy);
      const blind = checks.filter(isBlind);
      if (option === null || blind.length === 0 || causeOfBlindness(proxy) !== "overridden") return [];
      const message = `option ${option.name} replaces option httpchk above it: the health of ${blind.length === 1 ? "the server" : `${blind.length} servers`} is never asked for.`;
      const cure = cureHealthCheck(options, proxy, blind);
      return [{ line: option.line, word: option.word, proxy, checks: blind, message, cure }];
    }),
};
