import { type ConfigLine, isKnown, type Word } from "./config-file.ts";

/** One option of a `server` or `default-server` line. */
export interface ServerOption {
  /** False for `no-check`. */
  readonly isOn: boolean;
  readonly value: string | null;
  readonly line: ConfigLine;
  readonly word: Word;
  readonly valueWord: Word | null;
}

/** What says how a server is checked; other options are skipped. */
const READ = [
  "addr",
  "agent-check",
  "ca-file",
  "check",
  "check-ssl",
  "disabled",
  "fall",
  "fastinter",
  "inter",
  "on-marked-down",
  "port",
  "rise",
  "ssl",
  "track",
  "verify",
] as const;
export type ServerKeyword = (typeof READ)[number];

/** Options by keyword; `no-check` stands under `check`. */
export type ServerOptions = ReadonlyMap<ServerKeyword, ServerOption>;

/** Each server of a section has the values of its `default-server`: more of one is cut off. */
const VALUE_MAX_CHARS = 1_024;

/** Keywords that are followed by a value. */
const WITH_VALUE: ReadonlySet<string> = new Set(
  (
    "addr agent-addr agent-inter agent-port agent-send alpn ca-file check-alpn check-proto check-sni " +
    "ciphers ciphersuites client-sigalgs cookie crl-file crt curves downinter error-limit fall fastinter guid hash-key id " +
    "idle-ping init-addr init-state inter interface log-bufsize log-proto max-reuse maxconn maxqueue minconn namespace npn " +
    "observe on-error on-marked-down on-marked-up pool-conn-name pool-low-conn pool-max-conn pool-purge-delay port proto " +
    "proxy-v2-options redir resolve-net resolve-opts resolve-prefer resolvers rise shard sigalgs slowstart sni socks4 " +
    "source ssl-max-ver ssl-min-ver tcp-md5sig tcp-ut track usesrc verify verifyhost weight ws"
  ).split(" "),
);

/** Reads the words of a line from `from` on over `inherited`; `isComplete` is false where a template adds words. */
export function readServerOptions(
  line: ConfigLine,
  from: number,
  inherited: ServerOptions,
): { readonly options: ServerOptions; readonly isComplete: boolean } {
  const options = new Map(inherited);
  let isComplete = true;
  for (let at = from; at < line.words.length; at += 1) {
    const word = line.words[at];
    if (word === undefined) break;
    if (!isKnown(word)) {
      isComplete = false;
      continue;
    }
    const isOn = !/^no-(?!tls|sslv3)/.test(word.text);
    const keyword = isOn ? word.text : word.text.slice(3);
    const hasValue = takesValue(keyword) && isOn;
    const valueWord = hasValue ? (line.words[at + 1] ?? null) : null;
    const read = READ.find((known) => known === keyword);
    const value = valueWord?.text.slice(0, VALUE_MAX_CHARS) ?? null;
    if (read !== undefined) options.set(read, { isOn, value, line, word, valueWord });
    if (hasValue) at += 1;
  }
  return { options, isComplete };
}

function takesValue(keyword: string): boolean {
  return WITH_VALUE.has(keyword) || keyword.startsWith("set-proxy-v2-tlv-fmt(");
}
