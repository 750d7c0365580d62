import { insertAtEnd } from "../insertion-point.ts";
import type { Rule } from "../rule.ts";

const SOCKET = "stats socket /run/haproxy/haprobe.sock mode 660 level user";

export const statsMissing: Rule = {
  id: "stats-missing",
  severity: "note",
  why: "Without a stats socket or a stats page nothing can be read of what HAProxy thinks of its servers.",
  details: "One line in the section `global` opens a socket that shows everything and changes nothing.",
  example: `global
    maxconn 2000
`,
  detect: ({ sections }) => {
    const global = sections.find(({ kind }) => kind === "global");
    const hasStats = sections.some(({ lines }) =>
      lines.some(({ words }) => words[0]?.text === "stats" && words[1]?.text !== "timeout"),
    );
    if (global === undefined || hasStats) return [];
    const cure = insertAtEnd(global, [SOCKET]);
    const message = "No stats socket and no stats page: HAProxy's view of its servers cannot be read.";
    return [{ line: global.header, message, cure: cure === null ? [] : [cure] }];
  },
};
