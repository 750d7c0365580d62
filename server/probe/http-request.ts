import type { HttpProbe } from "../contract/target.ts";

/** A request without a body. */
export interface HttpRequest {
  readonly method: string;
  /** Its bytes, one for each character. */
  readonly head: string;
  /** Asks the server to leave the connection open. */
  readonly keepAlive: boolean;
}

/** What was asked last of each target: nearly always the next question, too. Gone with the target. */
const requestCache = new WeakMap<
  HttpProbe,
  { readonly authorization: string | null; readonly question: HttpRequest }
>();

/**
 * What a probe asks; the rule's own headers win over ours, its secret over both. Throws where a path or a value has
 * characters that would not stay in their line.
 */
export function buildHttpRequest(probe: HttpProbe, authorization: string | null, keepAlive: boolean): HttpRequest {
  const last = requestCache.get(probe);
  if (last?.authorization === authorization && last.question.keepAlive === keepAlive) return last.question;
  const secret = authorization === null ? "" : headerLine("authorization", authorization);
  const head = `${buildHead(probe)}${secret}connection: ${keepAlive ? "keep-alive" : "close"}\r\n\r\n`;
  const question = { method: probe.method, head, keepAlive };
  requestCache.set(probe, { authorization, question });
  return question;
}

function buildHead({ method, path, hostHeader, headers }: HttpProbe): string {
  if (INVALID_PATH.test(path)) throw new TypeError("the path has characters that no request can have");
  const said = new Map([
    ["host", hostHeader],
    ["user-agent", "haprobe"],
    ["accept", "*/*"],
  ]);
  for (const [name, value] of Object.entries(headers)) said.set(name.toLowerCase(), value);
  // A method that is meant to bring something says that it brings nothing.
  if (method === "POST") said.set("content-length", "0");
  return `${method} ${path} HTTP/1.1\r\n${[...said].map(([name, value]) => headerLine(name, value)).join("")}`;
}

// What could end a line, or cannot be written as one byte.
const INVALID_PATH = /[^\x21-\xff]/;
const INVALID_HEADER_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

function headerLine(name: string, value: string): string {
  if (INVALID_HEADER_VALUE.test(value))
    throw new TypeError(`the header ${name} has characters that no request can have`);
  return `${name}: ${value}\r\n`;
}
