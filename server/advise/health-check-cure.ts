import { expectLines, oldHttpchkLine, sendLine, type WantedCheck } from "./check-lines.ts";
import { type CheckRule, combineRequest, readExpectations } from "./check-rules.ts";
import type { ConfigLine } from "./config-file.ts";
import { type Edit, insertAfter, insertBefore, removeLine, replaceLine } from "./edit.ts";
import { compareVersions } from "./haproxy-version.ts";
import { insertAboveServers } from "./insertion-point.ts";
import { checkOptionInForce, type Proxy } from "./proxies.ts";
import type { AdviseOptions, JudgedCheck } from "./rule.ts";
import { cureServerLines } from "./server-line-cure.ts";
import type { ServerKind } from "./server-kind.ts";
import { timeoutLines } from "./timeout-cure.ts";
import { areExpectationsRight, isRequestRight, wantedCheck } from "./wanted-check.ts";

/**
 * The change that makes HAProxy ask the servers of a section for their health: no option that overrides `option
 * httpchk`, a right request, a right expectation, TLS where the server speaks it, time for its answer, and `check` on
 * every server line. Empty where a script writes the lines, which cannot take others, and where a template decides which
 * check there is.
 */
export function cureHealthCheck(options: AdviseOptions, proxy: Proxy, checks: readonly JudgedCheck[]): readonly Edit[] {
  if (checks.some(({ depth }) => depth === null)) return [];
  const kind = checks.find((check) => check.kind === "kubernetes")?.kind ?? checks[0]?.kind ?? "http";
  const edits = [...cureRequest(options, proxy, kind), ...cureServerLines(options, proxy, checks)];
  return edits.every((edit) => edit !== null) ? edits : [];
}

function cureRequest(options: AdviseOptions, proxy: Proxy, kind: ServerKind): readonly (Edit | null)[] {
  const own = proxy.checkOptions.filter(({ isOwn }) => isOwn);
  const overriding = own.filter(({ name }) => name !== "httpchk").map(({ line }) => line);
  const httpchk = own.findLast(({ name }) => name === "httpchk")?.line ?? null;
  if (own.length === 0 && isInheritedRight(proxy, kind)) return [];
  const sends = linesOf(proxy.ownHttpRules, "send");
  const expects = linesOf(proxy.ownHttpRules, "expect");
  const request = combineRequest(httpchk, proxy.ownHttpRules);
  const wanted = wantedOf(options, proxy, kind);
  // Steps in an order that HAProxy refuses, or of several requests, are written anew.
  const isKept = isOneExchange(proxy.ownHttpRules);
  const keepsRequest = isKept && (httpchk !== null || request.uri !== null) && isRequestRight(request, kind);
  const isRight = areExpectationsRight(readExpectations(proxy.ownHttpRules), kind);
  // The answer is expected after the request is sent.
  const isInOrder = keepsRequest || httpchk === null || (expects[0]?.number ?? httpchk.number) >= httpchk.number;
  const keepsExpect = isKept && isRight && isInOrder && (expects.length > 0 || (httpchk !== null && keepsRequest));
  const removed = [
    ...overriding,
    ...proxy.ownTcpRules.map(({ line }) => line),
    ...(keepsRequest || !isKept ? [] : sends),
    ...(keepsExpect || !isKept ? [] : expects),
    ...(isKept ? [] : proxy.ownHttpRules.map(({ line }) => line)),
  ];
  const edits = removed.map(removeLine);
  const timeout = timeoutLines(proxy, kind);
  const expect = keepsExpect ? [] : expectLines(wanted);
  if (httpchk === null) {
    const sent = keepsRequest ? sends.at(-1) : undefined;
    const option = keepsRequest ? ["option httpchk"] : requestLines(wanted, options);
    const lines = [...timeout, ...option, ...(sent === undefined ? expect : [])];
    if (sent !== undefined && expect.length > 0) edits.push(insertAfter(sent, expect));
    return [...edits, addCheck(proxy, lines, overriding[0], proxy.ownHttpRules[0]?.line)];
  }
  if (!keepsRequest) return [...edits, replaceLine(httpchk, [...timeout, ...requestLines(wanted, options), ...expect])];
  if (timeout.length > 0) edits.push(insertBefore(httpchk, timeout));
  return expect.length === 0 ? edits : [...edits, insertAfter(sends.at(-1) ?? httpchk, expect)];
}

/** True for steps that are one request and what is expected of its answer, and that make no connection of their own. */
function isOneExchange(rules: readonly CheckRule[]): boolean {
  const actions = rules.map(({ action }) => action);
  if (actions.includes("connect") || actions.indexOf("send") !== actions.lastIndexOf("send")) return false;
  return !actions.slice(0, Math.max(0, actions.indexOf("send"))).includes("expect");
}

/** True where the check of the `defaults` is in force and needs no change. */
function isInheritedRight(proxy: Proxy, kind: ServerKind): boolean {
  const option = checkOptionInForce(proxy);
  if (option?.name !== "httpchk" || proxy.ownHttpRules.length > 0) return false;
  const request = combineRequest(option.line, proxy.inheritedHttpRules);
  return isRequestRight(request, kind) && areExpectationsRight(readExpectations(proxy.inheritedHttpRules), kind);
}

/** A good request of the `defaults`, which own rules replace, is said again. */
function wantedOf(options: AdviseOptions, proxy: Proxy, kind: ServerKind): WantedCheck {
  const wanted = wantedCheck(kind, options);
  const option = proxy.checkOptions.findLast(({ name, isOwn }) => name === "httpchk" && !isOwn);
  if (option === undefined) return wanted;
  const { method, uri, host, isKnown } = combineRequest(option.line, proxy.inheritedHttpRules);
  const words = [method ?? "", uri ?? "", host ?? ""];
  if (!isKnown || method === null || uri === null || !words.every((word) => /^[\w./~?=&%:@+,;-]*$/.test(word)))
    return wanted;
  const request = { method, uri, host, version: null, headers: [], isKnown };
  if (!isRequestRight(request, kind)) return wanted;
  return { method, path: uri, host: host ?? wanted.host, expect: kind === "kubernetes" ? wanted.expect : [] };
}

/** The new lines stand where the overriding option stood, above the rules that they bring into force, or above the servers. */
function addCheck(
  proxy: Proxy,
  lines: readonly string[],
  overriding: ConfigLine | undefined,
  firstRule: ConfigLine | undefined,
): Edit | null {
  if (firstRule !== undefined && (overriding === undefined || firstRule.number < overriding.number)) {
    return insertBefore(firstRule, lines);
  }
  return overriding === undefined ? insertAboveServers(proxy, lines) : insertBefore(overriding, lines);
}

function requestLines(wanted: WantedCheck, { version }: AdviseOptions): readonly string[] {
  if (version !== null && compareVersions(version, "2.2") < 0) return [oldHttpchkLine(wanted)];
  return ["option httpchk", sendLine(wanted)];
}

function linesOf(rules: readonly CheckRule[], action: string): readonly ConfigLine[] {
  return rules.filter((rule) => rule.action === action).map(({ line }) => line);
}
