import { type ConfigLine, isKnown, type Word } from "./config-file.ts";

/** One `http-check` or `tcp-check` line of a check's sequence. */
export interface CheckRule {
  readonly action: string;
  readonly line: ConfigLine;
}

/** What an HTTP check requests; null for what it does not say. */
export interface CheckRequest {
  readonly method: string | null;
  readonly uri: string | null;
  readonly version: string | null;
  readonly host: string | null;
  /** Headers besides Host are sent: `Authorization` among them. */
  readonly headers: readonly string[];
  readonly isKnown: boolean;
}

/** What an answer is compared with. */
export interface CheckExpectation {
  readonly isNegated: boolean;
  /** `status`, `rstatus`, `string`, `rstring`, `hdr`, `fhdr` … */
  readonly match: string;
  readonly pattern: string;
  readonly isKnown: boolean;
  readonly line: ConfigLine;
  readonly word: Word;
}

const SEND_VALUES: ReadonlySet<string> = new Set(["meth", "uri", "uri-lf", "ver", "body", "body-lf", "comment"]);
const EXPECT_OPTIONS: ReadonlySet<string> = new Set([
  "min-recv",
  "comment",
  "ok-status",
  "error-status",
  "tout-status",
  "on-success",
  "on-error",
  "status-code",
]);

/** The request of `http-check send …`. */
function readSend({ words }: ConfigLine): CheckRequest {
  const values = new Map<string, string>();
  const headers: string[] = [];
  let host: string | null = null;
  for (let at = 2; at < words.length; at += 1) {
    const key = words[at]?.text ?? "";
    const value = words[at + 1]?.text ?? "";
    if (SEND_VALUES.has(key)) {
      values.set(key, value);
      at += 1;
    } else if (key === "hdr") {
      if (value.toLowerCase() === "host") host = words[at + 2]?.text ?? "";
      else headers.push(value);
      at += 2;
    }
  }
  return {
    method: values.get("meth") ?? null,
    uri: values.get("uri") ?? values.get("uri-lf") ?? null,
    version: values.get("ver") ?? null,
    host,
    headers,
    isKnown: words.every(isKnown),
  };
}

/** The request of `option httpchk …`: with one word it is the URI, with more the method comes first. */
function readHttpchk({ words }: ConfigLine): CheckRequest {
  const [first, second, version] = words.slice(2);
  const method = second === undefined ? null : (first?.text ?? null);
  const uri = second?.text ?? first?.text ?? null;
  const host = /\r\nhost:\s*([^\r\n]*)/i.exec(version?.text ?? "")?.[1] ?? null;
  const names = (version?.text ?? "").matchAll(/\r\n([\w-]+):/g);
  return {
    method,
    uri,
    version: version?.text.split(/\r?\n/)[0] ?? null,
    host,
    headers: [...names].map(([, name = ""]) => name).filter((name) => name.toLowerCase() !== "host"),
    isKnown: words.every(isKnown),
  };
}

/** The expectation of an `expect` line; null where it names none. */
function readExpect(line: ConfigLine): CheckExpectation | null {
  const { words } = line;
  let isNegated = false;
  for (let at = 2; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    if (EXPECT_OPTIONS.has(word.text)) {
      at += 1;
      continue;
    }
    if (word.text === "!") {
      isNegated = !isNegated;
      continue;
    }
    const match = word.text.replace(/^!/, "");
    const pattern = words[at + 1];
    if (pattern === undefined && isKnown(word)) return null;
    return {
      isNegated: isNegated !== word.text.startsWith("!"),
      match,
      pattern: pattern?.text ?? "",
      isKnown: isKnown(word) && pattern !== undefined && isKnown(pattern),
      line,
      word,
    };
  }
  return null;
}

const NO_REQUEST: CheckRequest = { method: null, uri: null, version: null, host: null, headers: [], isKnown: true };

/** The request of an `option httpchk` line, completed by the first `send` rule; null for one that is not there. */
export function combineRequest(httpchk: ConfigLine | null, rules: readonly CheckRule[]): CheckRequest {
  const base = httpchk === null ? NO_REQUEST : readHttpchk(httpchk);
  const send = rules.find(({ action }) => action === "send");
  if (send === undefined) return base;
  const sent = readSend(send.line);
  return {
    method: sent.method ?? base.method,
    uri: sent.uri ?? base.uri,
    version: sent.version ?? base.version,
    host: sent.host ?? base.host,
    headers: [...base.headers, ...sent.headers],
    isKnown: sent.isKnown && base.isKnown,
  };
}

/** What the `expect` rules of a check compare. */
export function readExpectations(rules: readonly CheckRule[]): readonly CheckExpectation[] {
  return rules
    .filter(({ action }) => action === "expect")
    .map(({ line }) => readExpect(line))
    .filter((expectation) => expectation !== null);
}
