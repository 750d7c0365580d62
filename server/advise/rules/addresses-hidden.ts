import { insertAfter } from "../edit.ts";
import type { Rule } from "../rule.ts";

export const addressesHidden: Rule = {
  id: "addresses-hidden",
  severity: "note",
  why: "A stats page without stats show-legends leaves out the servers' addresses, so a monitor does not know what to probe.",
  details:
    "`show servers state` on a stats socket has them at level `user`. Over HTTP the column `addr` is filled with `stats show-legends` alone.",
  example: `defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s

listen stats
    bind 127.0.0.1:8404
    stats enable
    stats uri /stats
`,
  detect: ({ sections }) => {
    const stats = sections.flatMap(({ kind, lines }) =>
      lines
        .filter(({ words }) => words[0]?.text === "stats")
        .map((line) => ({ kind, line, setting: line.words[1]?.text })),
    );
    const hasSocket = stats.some(({ setting }) => setting === "socket");
    const hasLegends = stats.some(({ setting }) => setting === "show-legends");
    const page = stats.findLast(
      ({ kind, setting }) => kind !== "global" && (setting === "uri" || setting === "enable"),
    );
    if (page === undefined || hasSocket || hasLegends) return [];
    const message = "The stats page leaves out the servers' addresses.";
    const cure = page.line.isPrinted ? [] : [insertAfter(page.line, ["stats show-legends"])];
    return [{ line: page.line, word: page.line.words[1], message, cure }];
  },
};
