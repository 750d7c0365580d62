import type { Edit } from "../edit.ts";
import { replaceWord } from "../edit.ts";
import type { JudgedCheck, Rule } from "../rule.ts";
import { formatTime } from "../time-value.ts";

/** Longer than clients retry. */
const SLOW_MS = 90_000;

export const checkSlow: Rule = {
  id: "check-slow",
  severity: "note",
  why: "At worst it takes more than 90 s until HAProxy takes a server DOWN that stopped answering.",
  details:
    "The time is `inter`, then `fall` less one times `fastinter` (or `inter`), and `fall` times `timeout check` for a server that accepts connections and never answers. `fastinter` shortens it without more checks of healthy servers.",
  example: `defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout check 10s

backend app
    option httpchk GET /health
    server app-1 10.0.0.21:8080 check inter 30s fall 3
`,
  detect: ({ checked }) =>
    checked.flatMap(({ proxy, checks }) => {
      const slow = checks.filter(
        ({ timing, tracks, depth }) =>
          tracks === null &&
          depth !== null &&
          depth !== "none" &&
          timing.detectionMs !== null &&
          timing.detectionMs > SLOW_MS,
      );
      const [first] = slow;
      if (first?.timing.detectionMs == null) return [];
      const inter = first.server.options.get("inter");
      const line = inter?.line ?? first.server.line;
      const message = `At worst ${formatTime(Math.round(first.timing.detectionMs / 1_000) * 1_000)} pass until a server that stopped answering is DOWN.`;
      return [{ line, word: inter?.word, proxy, checks: slow, message, cure: cureInter(slow) }];
    }),
};

function cureInter(checks: readonly JudgedCheck[]): readonly Edit[] {
  const edits = new Map<number, Edit>();
  for (const { server, proxy } of checks) {
    const inter = server.options.get("inter");
    if (inter?.valueWord == null || !proxy.section.lines.includes(inter.line)) return [];
    edits.set(inter.line.number, replaceWord(inter.line, inter.valueWord, "5s"));
  }
  return [...edits.values()];
}
