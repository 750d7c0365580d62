import type { JudgedCheck, Rule } from "../rule.ts";
import { cureTimeout, KUBERNETES_ANSWER_MS } from "../timeout-cure.ts";
import { formatTime } from "../time-value.ts";

export const checkTimeoutShort: Rule = {
  id: "check-timeout-short",
  severity: "warning",
  why: "The check gives up before an API server has found out that etcd is away, so its result alternates between a timeout and an answer.",
  details:
    "`/readyz` asks etcd twice, 2 s each, before it answers 500. A check that waits less sees a timeout where the server would have named the part that fails. Without `timeout check` a check has `inter` for everything, 2 s by default.",
  example: `defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout check 1s

backend apiserver
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes
    http-check expect status 200
    server cp-1 10.0.0.11:6443 check check-ssl verify none
`,
  detect: ({ checked }) =>
    checked.flatMap(({ proxy, checks }) => {
      const short = checks.filter(isShort);
      const [first] = short;
      if (first === undefined || first.timing.timeoutMs === null) return [];
      const timeout = proxy.timeouts.get("check");
      const line = timeout?.line ?? first.server.line;
      const message = `The check waits ${formatTime(first.timing.timeoutMs)} for an answer that takes up to 4s while etcd is away.`;
      return [{ line, word: timeout?.word, proxy, checks: short, message, cure: cureTimeout(proxy) }];
    }),
};

function isShort({ kind, request, timing, tracks }: JudgedCheck): boolean {
  if (kind !== "kubernetes" || request === null || tracks !== null) return false;
  return timing.timeoutMs !== null && timing.timeoutMs < KUBERNETES_ANSWER_MS;
}
