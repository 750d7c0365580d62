import { type Edit, insertWords, replaceWord } from "./edit.ts";
import { insertAboveServers } from "./insertion-point.ts";
import type { Proxy, ServerLine } from "./proxies.ts";
import type { AdviseOptions, JudgedCheck } from "./rule.ts";
import { isTlsPort } from "./server-kind.ts";

/** The changes of server lines that a health check needs: `check`, and TLS to a server that speaks it. */
export function cureServerLines(
  options: AdviseOptions,
  proxy: Proxy,
  checks: readonly JudgedCheck[],
): readonly (Edit | null)[] {
  const plain = new Set(checks.filter(needsTls));
  const [first] = plain;
  const isForAll = plain.size === proxy.servers.length;
  const edits = checks.map((check) => {
    const own = [check.depth === "none" ? "check" : "", plain.has(check) && !isForAll ? tlsWords(options, check) : ""];
    const words = own.filter((word) => word !== "").join(" ");
    return words === "" ? [] : [addWords(check.server, words)];
  });
  if (first === undefined || !isForAll) return edits.flat();
  return [...edits.flat(), insertAboveServers(proxy, [`default-server ${tlsWords(options, first)}`])];
}

/** `no-check` of the line itself gives way. */
function addWords({ options, line, address }: ServerLine, words: string): Edit {
  const check = options.get("check");
  const isTurnedOff = check?.isOn === false && check.line === line;
  return isTurnedOff ? replaceWord(line, check.word, words) : insertWords(line, address, words);
}

/** True where the check is plain and goes to a port of TLS. A check that goes elsewhere stays as it is. */
function needsTls({ server, kind, port, depth, isTls, option }: JudgedCheck): boolean {
  const isOverTls = isTls || (depth === "none" && server.options.get("ssl")?.isOn === true);
  if (isOverTls || option?.name === "ssl-hello-chk") return !isOverTls && isTlsKind(kind);
  if (server.options.has("port") || server.options.has("addr")) return isTlsPort(port);
  return isTlsKind(kind);
}

function isTlsKind(kind: JudgedCheck["kind"]): boolean {
  return kind === "kubernetes" || kind === "https";
}

function tlsWords({ caFile }: AdviseOptions, { kind, server }: JudgedCheck): string {
  if (server.options.has("verify") || server.options.has("ca-file")) return "check-ssl";
  if (caFile === null) return "check-ssl verify none";
  const name = kind === "kubernetes" ? " verifyhost kubernetes check-sni kubernetes" : "";
  return `check-ssl verify required ca-file ${caFile}${name}`;
}
