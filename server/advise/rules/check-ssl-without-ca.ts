import { insertWords } from "../edit.ts";
import { requiredTrust } from "../required-trust.ts";
import type { Rule } from "../rule.ts";

export const checkSslWithoutCa: Rule = {
  id: "check-ssl-without-ca",
  severity: "error",
  why: "TLS to a server without ca-file and without verify none keeps HAProxy from starting.",
  details:
    "HAProxy verifies servers by default and has no authority to do it with. Name the one that signed the servers' certificates with `ca-file`, or say `verify none`. `haprobe lint --ca-file FILE` writes the former.",
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
    server cp-1 10.0.0.11:6443 check check-ssl on-marked-down shutdown-sessions
`,
  detect: ({ checked, options: { caFile } }) =>
    checked.flatMap(({ proxy, checks }) => {
      const open = checks.filter(
        ({ trust, tracks, server }) => trust === "undefined" && tracks === null && server.isComplete,
      );
      const [first] = open;
      if (first === undefined) return [];
      const cure = open.map(({ server, kind }) => {
        const trust = caFile === null ? "none" : requiredTrust(caFile, kind);
        return insertWords(server.line, server.address, `verify ${trust}`);
      });
      const word = first.server.options.get("check-ssl") ?? first.server.options.get("ssl");
      const message = "TLS without ca-file and without verify none: HAProxy does not start.";
      const line = first.server.line;
      const place = word?.line === line ? word.word : first.server.name;
      return [{ line, word: place, proxy, checks: open, message, cure }];
    }),
};
