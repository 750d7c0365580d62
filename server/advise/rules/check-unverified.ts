import { type Edit, replaceWord } from "../edit.ts";
import { requiredTrust } from "../required-trust.ts";
import type { JudgedCheck, Rule } from "../rule.ts";

export const checkUnverified: Rule = {
  id: "check-unverified",
  severity: "note",
  why: "With verify none the check believes whichever host answers at the address.",
  details:
    "A host that took over the address, by mistake or on purpose, passes the check. In `mode tcp` clients verify the certificate themselves and are then refused. `haprobe lint --ca-file FILE` writes cures with `verify required` and that authority, for Kubernetes `/etc/kubernetes/pki/ca.crt`.",
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
    server cp-1 10.0.0.11:6443 check check-ssl verify none on-marked-down shutdown-sessions
`,
  detect: ({ checked, options: { caFile } }) =>
    checked.flatMap(({ proxy, checks }) => {
      const open = checks.filter(({ trust, tracks }) => trust === "unverified" && tracks === null);
      const [first] = open;
      if (first === undefined) return [];
      const verify = first.server.options.get("verify");
      const line = verify?.line ?? first.server.line;
      const message = "verify none: the check believes whichever host answers.";
      const cure = cureVerify(open, caFile);
      return [{ line, word: verify?.valueWord ?? undefined, proxy, checks: open, message, cure }];
    }),
};

/** Lines of the section that say `verify none`, once each; none where the authority is not known. */
function cureVerify(checks: readonly JudgedCheck[], caFile: string | null): readonly Edit[] {
  const edits = new Map<number, Edit>();
  for (const { server, proxy, kind } of checks) {
    const verify = server.options.get("verify");
    const word = verify?.valueWord;
    const required = caFile === null ? null : requiredTrust(caFile, kind);
    const text = server.options.has("ca-file") ? "required" : required;
    if (verify === undefined || word == null || text === null || !proxy.section.lines.includes(verify.line)) return [];
    edits.set(verify.line.number, replaceWord(verify.line, word, text));
  }
  return [...edits.values()];
}
