import { type Edit, insertWords, replaceWord } from "../edit.ts";
import { isKnown } from "../config-file.ts";
import { requiredTrust } from "../required-trust.ts";
import type { JudgedCheck, Rule } from "../rule.ts";

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
      const edits = open.map((check) => cureTrust(check, caFile));
      const cure = edits.every((edit) => edit !== null) ? edits : [];
      const word = first.server.options.get("check-ssl") ?? first.server.options.get("ssl");
      const message = "TLS without ca-file and without verify none: HAProxy does not start.";
      const line = first.server.line;
      const place = word?.line === line ? word.word : first.server.name;
      return [{ line, word: place, proxy, checks: open, message, cure }];
    }),
};

/** Null for a line that wants certificates verified, where the authority is not known, and for one whose last word on it is open. */
function cureTrust({ server, kind }: JudgedCheck, caFile: string | null): Edit | null {
  const verify = server.options.get("verify");
  if (caFile === null) return verify === undefined ? insertWords(server.line, server.address, "verify none") : null;
  const trust = requiredTrust(caFile, kind);
  if (verify?.line !== server.line) return insertWords(server.line, server.address, `verify ${trust}`);
  const word = verify.valueWord;
  return word !== null && isKnown(word) ? replaceWord(server.line, word, trust) : null;
}
