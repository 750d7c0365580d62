import { cureHealthCheck } from "../health-check-cure.ts";
import type { JudgedCheck, Rule } from "../rule.ts";
import { isTlsPort } from "../server-kind.ts";

export const checkPlainOnTls: Rule = {
  id: "check-plain-on-tls",
  severity: "error",
  why: "An HTTP check without TLS to a port that speaks TLS fails on every healthy server.",
  details:
    "A kube-apiserver answers it with 400, `Client sent an HTTP request to an HTTPS server.`, others close the connection: HAProxy takes all servers DOWN. In `mode tcp` the traffic is passed on as it is, so only `check-ssl`, `ssl` or `http-check connect ssl` makes the check speak TLS.",
  example: `defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout check 5s

backend apiserver
    option httpchk GET /readyz
    http-check expect status 200
    server cp-1 10.0.0.11:6443 check
`,
  detect: ({ checked, options }) =>
    checked.flatMap(({ proxy, checks }) => {
      const plain = checks.filter(isPlainOnTls);
      const [first] = plain;
      if (first === undefined) return [];
      const message = `The check speaks plain HTTP to a port of TLS${first.port === null ? "" : ` (${first.port})`}: healthy servers are DOWN.`;
      const cure = cureHealthCheck(options, proxy, plain);
      return [{ line: first.server.line, word: first.server.address, proxy, checks: plain, message, cure }];
    }),
};

function isPlainOnTls({ option, depth, isTls, port, kind, tracks, server }: JudgedCheck): boolean {
  if (option?.name !== "httpchk" || depth !== "application" || isTls || tracks !== null) return false;
  if (server.options.has("port") || server.options.has("addr")) return isTlsPort(port) && port !== 9443;
  return kind === "kubernetes" || isTlsPort(port);
}
