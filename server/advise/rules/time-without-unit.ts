import type { ConfigLine, Word } from "../config-file.ts";
import { replaceWord } from "../edit.ts";
import type { Rule, RuleMatch } from "../rule.ts";

const TIMES = new Set(["inter", "fastinter", "downinter", "agent-inter"]);
/** Below it milliseconds are hardly meant. */
const LEAST_MS = 100;

export const timeWithoutUnit: Rule = {
  id: "time-without-unit",
  severity: "warning",
  why: "A time without a unit is in milliseconds: inter 5 checks every server two hundred times a second.",
  details: "Write the unit: `inter 5s`, `timeout check 5s`. HAProxy takes `us`, `ms`, `s`, `m`, `h` and `d`.",
  example: `defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s

backend app
    option httpchk GET /health
    server app-1 10.0.0.21:8080 check inter 5 fall 3
`,
  detect: ({ sections }) =>
    sections.flatMap(({ kind, lines }) =>
      ["defaults", "frontend", "backend", "listen"].includes(kind) ? lines.flatMap(detectInLine) : [],
    ),
};

function detectInLine(line: ConfigLine): readonly RuleMatch[] {
  const [first, second, third] = line.words;
  if (first?.text === "timeout" && second !== undefined && third !== undefined) return matchOf(line, second, third);
  if (first === undefined || !/^(?:default-server|server|server-template)$/.test(first.text)) return [];
  return line.words.flatMap((word, index) => {
    const value = line.words[index + 1];
    return TIMES.has(word.text) && value !== undefined ? matchOf(line, word, value) : [];
  });
}

function matchOf(line: ConfigLine, word: Word, value: Word): readonly RuleMatch[] {
  if (!/^\d{1,9}$/.test(value.text) || Number(value.text) >= LEAST_MS || Number(value.text) === 0) return [];
  const message = `${word.text} ${value.text} is ${value.text} ms.`;
  return [{ line, word: value, message, cure: [replaceWord(line, value, `${value.text}s`)] }];
}
