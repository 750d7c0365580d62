import { readIgnoreComments } from "../ignore-comments.ts";
import type { Rule } from "../rule.ts";

export const ignoreWithoutReason: Rule = {
  id: "ignore-without-reason",
  severity: "warning",
  why: "A comment that ignores a rule without a reason does not ignore it.",
  details:
    "Write the reason behind the rule: `# haprobe: ignore check-missing the server is a tunnel of this machine`.",
  example: `defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s

backend app
    option httpchk GET /health
    server app-1 10.0.0.21:8080 check port 9000 # haprobe: ignore check-elsewhere
`,
  detect: ({ texts, sections }) =>
    readIgnoreComments(texts, sections)
      .filter(({ reason }) => reason === "")
      .map(({ file, line, column, rules }) => ({
        line: {
          file,
          number: line,
          source: "",
          words: [{ text: "", column, endColumn: column + 1 }],
          isPrinted: false,
          branch: null,
        },
        message: `No reason is given why ${rules.join(", ")} does not apply: the comment ignores nothing.`,
        cure: [],
      })),
};
