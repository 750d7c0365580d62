import type { Rule } from "../rule.ts";

export const finalNewlineMissing: Rule = {
  id: "final-newline-missing",
  severity: "error",
  why: "A configuration whose last line does not end keeps HAProxy from starting.",
  details:
    "HAProxy takes it for a file that was cut off. Editors and templates that trim the end of a file leave it so.",
  example: `defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s

backend app
    option httpchk GET /health
    server app-1 10.0.0.21:8080 check`,
  detect: ({ texts, sections }) =>
    texts.flatMap(({ path, sources, lines, isWhole, statementLines }) => {
      const last = lines.at(-1);
      const end = sources.at(-1) ?? "";
      if (!isWhole || end.trim() === "" || statementLines.has(sources.length)) return [];
      if (last === undefined || !sections.some(({ header }) => header.file === path)) return [];
      const cure = [{ file: path, line: sources.length, removed: 1 as const, inserted: [end, ""] }];
      const line = last.number === sources.length ? last : { ...last, number: sources.length, source: end, words: [] };
      return [{ line, word: line.words.at(-1), message: "The last line does not end: HAProxy does not start.", cure }];
    }),
};
