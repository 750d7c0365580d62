import type { ConfigLine } from "../config-file.ts";
import { insertAfter } from "../edit.ts";
import type { Rule } from "../rule.ts";

const SOCKET = "stats socket /run/haproxy/haprobe.sock mode 660 level user";

export const statsSocketLevel: Rule = {
  id: "stats-socket-level",
  severity: "note",
  why: "A monitor that reads a socket of level admin or operator could change HAProxy as well.",
  details:
    "Level `user` is enough for everything that a monitor reads, addresses included. A socket of its own keeps the admin socket for those who change things. Without `level` a socket is of level operator.",
  example: `global
    stats socket /run/haproxy/admin.sock mode 660 level admin
`,
  detect: ({ sections }) => {
    const sockets = sections.filter(({ kind }) => kind === "global").flatMap(({ lines }) => lines.filter(isSocket));
    const [first] = sockets;
    if (first === undefined || sockets.some((line) => levelOf(line) === "user")) return [];
    const message = `The stats socket is of level ${levelOf(first)}: a monitor needs no more than user.`;
    return [
      { line: first, word: first.words[2], message, cure: first.isPrinted ? [] : [insertAfter(first, [SOCKET])] },
    ];
  },
};

function isSocket({ words }: ConfigLine): boolean {
  return words[0]?.text === "stats" && words[1]?.text === "socket";
}

function levelOf({ words }: ConfigLine): string {
  const at = words.findIndex(({ text }) => text === "level");
  return at < 0 ? "operator" : (words[at + 1]?.text ?? "operator");
}
