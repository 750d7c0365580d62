import type { Word } from "./config-file.ts";
import { changeWords, type Edit } from "./edit.ts";
import { insertAboveServers } from "./insertion-point.ts";
import type { Proxy, ServerLine } from "./proxies.ts";
import type { AdviseOptions, JudgedCheck } from "./rule.ts";
import { requiredTrust } from "./required-trust.ts";
import { checksOverTls } from "./server-check.ts";
import { isTlsPort } from "./server-kind.ts";
import type { ServerKeyword } from "./server-options.ts";

/** The changes of server lines that a health check needs: `check`, and TLS to a server that speaks it. */
export function cureServerLines(
  options: AdviseOptions,
  proxy: Proxy,
  checks: readonly JudgedCheck[],
): readonly (Edit | null)[] {
  const plain = new Set(checks.filter(needsTls));
  // One that says itself whom it trusts needs fewer words than its neighbours.
  const first = [...plain].find(({ server }) => !saysTrust(server)) ?? [...plain][0];
  // What a line says itself wins over default-server.
  const isForAll =
    plain.size === proxy.servers.length && [...plain].every(({ server }) => ownWord(server, "check-ssl") === null);
  const edits = checks.flatMap((check) => {
    const isOwn = plain.has(check) && !isForAll;
    const wanted = [
      ...(check.depth === "none" ? [{ keyword: "check" as const, text: "check" }] : []),
      ...(isOwn ? [{ keyword: "check-ssl" as const, text: tlsWords(options, check) }] : []),
    ];
    return wanted.length === 0 ? [] : [setOptions(check.server, wanted)];
  });
  if (first === undefined) return edits;
  return isForAll ? [...edits, insertAboveServers(proxy, [`default-server ${tlsWords(options, first)}`])] : edits;
}

/** Sets options of a line: a word such as `no-check` of the line itself gives way, else they stand behind the address. */
export function setOptions(
  server: ServerLine,
  wanted: readonly { readonly keyword: ServerKeyword; readonly text: string }[],
): Edit {
  const added = wanted.filter(({ keyword }) => ownWord(server, keyword) === null).map(({ text }) => text);
  const replaced = wanted.flatMap(({ keyword, text }) => {
    const word = ownWord(server, keyword);
    return word === null ? [] : [{ word, text, isAdded: false }];
  });
  const behind = { word: server.address, text: added.join(" "), isAdded: true };
  return changeWords(server.line, added.length === 0 ? replaced : [...replaced, behind]);
}

/** The word of the line itself that turns an option off, or null. */
function ownWord({ options, line }: ServerLine, keyword: ServerKeyword): Word | null {
  const option = options.get(keyword);
  return option?.isOn === false && option.line === line ? option.word : null;
}

/** True where the check is plain and goes to a port of TLS. A check that goes elsewhere stays as it is. */
function needsTls({ server, kind, port, option }: JudgedCheck): boolean {
  const isOverTls = checksOverTls(server.options);
  if (isOverTls || option?.name === "ssl-hello-chk") return !isOverTls && isTlsKind(kind);
  if (server.options.has("port") || server.options.has("addr")) return isTlsPort(port);
  return isTlsKind(kind);
}

function saysTrust({ options }: ServerLine): boolean {
  return options.has("verify") || options.has("ca-file");
}

function isTlsKind(kind: JudgedCheck["kind"]): boolean {
  return kind === "kubernetes" || kind === "https";
}

function tlsWords({ caFile }: AdviseOptions, { kind, server }: JudgedCheck): string {
  if (saysTrust(server)) return "check-ssl";
  return `check-ssl verify ${caFile === null ? "none" : requiredTrust(caFile, kind)}`;
}
