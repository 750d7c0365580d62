import { cureHealthCheck } from "../health-check-cure.ts";
import { isBlind } from "../judge-checks.ts";
import type { CheckedProxy, JudgedCheck, Rule, RuleMatch } from "../rule.ts";
import { causeOfBlindness } from "../blindness.ts";

export const checkBlind: Rule = {
  id: "check-blind",
  severity: "error",
  why: "The check sees only that the port accepts connections or speaks TLS, so a server that fails every request stays UP.",
  details:
    "A process that hangs, one that lost its database, a kube-apiserver without etcd: each accepts connections, and its kernel does even for a process that is stopped. HAProxy sends clients there for as long as the port is open. A check that requests the health path over HTTP sees all of these.",
  example: `defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h

backend kube-apiserver
    balance roundrobin
    server cp-1 10.0.0.11:6443 check
    server cp-2 10.0.0.12:6443 check
`,
  detect: ({ checked, options }) =>
    checked.flatMap(({ proxy, checks }: CheckedProxy): readonly RuleMatch[] => {
      const blind = checks.filter(isBlind);
      const [first] = blind;
      if (first === undefined || causeOfBlindness(proxy) !== "none") return [];
      const { line, options: words } = first.server;
      const check = words.get("check");
      return [
        {
          line,
          word: check?.line === line ? check.word : line.words[0],
          proxy,
          checks: blind,
          severity: severityOf(first),
          message: describe(first),
          cure: cureHealthCheck(options, proxy, blind),
        },
      ];
    }),
};

function describe({ depth, kind }: JudgedCheck): string {
  const seen = depth === "tls" ? "the TLS handshake succeeds" : "the port accepts connections";
  const fault =
    kind === "kubernetes" ? "an API server that lost etcd" : "a server that answers every request with an error";
  return `The check only sees that ${seen}: ${fault} stays UP.`;
}

/** Without `mode http` and without a name that says so it is a guess that HTTP is spoken. */
function severityOf({ kind, proxy }: JudgedCheck): "error" | "warning" | "note" {
  if (kind === "kubernetes") return "error";
  return proxy.mode === "http" ? "warning" : "note";
}
