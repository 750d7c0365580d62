import { insertAboveServers } from "../insertion-point.ts";
import type { JudgedCheck, Rule } from "../rule.ts";

const LONG_MS = 600_000;

export const sessionsKept: Rule = {
  id: "sessions-kept",
  severity: "warning",
  why: "Without on-marked-down shutdown-sessions connections to a server that is DOWN stay there.",
  details:
    "Kubelets and controllers hold one connection for days. A server that HAProxy took DOWN goes on serving them, or goes on hanging. `on-marked-down shutdown-sessions` closes them, and the clients connect again to a healthy server.",
  example: `defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout check 5s

backend apiserver
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes
    http-check expect status 200
    server cp-1 10.0.0.11:6443 check check-ssl verify none
`,
  detect: ({ checked }) =>
    checked.flatMap(({ proxy, checks }) => {
      const kept = checks.filter(keepsSessions);
      const [first] = kept;
      if (first === undefined) return [];
      const cure = insertAboveServers(proxy, ["default-server on-marked-down shutdown-sessions"]);
      return [
        {
          line: first.server.line,
          word: first.server.name,
          proxy,
          checks: kept,
          severity: first.kind === "kubernetes" ? "warning" : "note",
          message:
            "Long-lived connections stay with a server that is DOWN: on-marked-down shutdown-sessions is missing.",
          cure: cure === null ? [] : [cure],
        },
      ];
    }),
};

function keepsSessions({ kind, proxy, server, depth, tracks }: JudgedCheck): boolean {
  if (server.options.has("on-marked-down") || !server.isComplete || depth === "none") return false;
  if (kind === "kubernetes") return tracks === null;
  const longest = proxy.timeouts.get("tunnel") ?? proxy.timeouts.get("server");
  return kind !== "other" && proxy.mode === "tcp" && (longest?.ms ?? 0) >= LONG_MS;
}
