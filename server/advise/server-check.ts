import type { CheckDepth } from "../contract/verdict.ts";
import { acceptedStatuses } from "./accepted-statuses.ts";
import {
  type CheckExpectation,
  type CheckRequest,
  type CheckRule,
  combineRequest,
  readExpectations,
} from "./check-rules.ts";
import { type CheckTiming, readTiming } from "./check-timing.ts";
import type { ConfigLine } from "./config-file.ts";
import {
  type CheckOption,
  checkOptionsInForce,
  httpRulesInForce,
  type Proxy,
  type ServerLine,
  tcpRulesInForce,
} from "./proxies.ts";
import { readAddress } from "./server-address.ts";
import type { ServerOptions } from "./server-options.ts";

/**
 * What a check sees of a server: that its port accepts, that it speaks TLS, that it answers at all, that the status of
 * the answer is good, that its health path says so; an answer in another protocol; what a program or an agent says.
 */
export type CheckSight =
  | "nothing"
  | "port"
  | "tls"
  | "any-answer"
  | "status"
  | "health"
  | "protocol"
  | "program"
  | "agent";

/** Whose certificate a check over TLS accepts. */
export type CheckTrust = "verified" | "unverified" | "undefined";

/** The check that one `server` line really has. */
export interface ServerCheck {
  readonly proxy: Proxy;
  readonly server: ServerLine;
  /** As HAProxy shows it: L4, L6 and L7; null where a template decides it. */
  readonly depth: CheckDepth | null;
  readonly sees: CheckSight | null;
  readonly option: CheckOption | null;
  readonly port: number | null;
  readonly isTls: boolean;
  readonly trust: CheckTrust | null;
  /** Null for a check that is not HTTP. */
  readonly request: CheckRequest | null;
  readonly expectations: readonly CheckExpectation[];
  /** Sample statuses with which an HTTP check passes; null for another check. */
  readonly accepts: readonly number[] | null;
  readonly timing: CheckTiming;
  /** `backend/server` whose check decides in place of an own one. */
  readonly tracks: string | null;
}

/** Reads the check of every server; a check that another server's decides is that server's. */
export function readChecks(proxies: readonly Proxy[], isUnverifiedByDefault: boolean): readonly ServerCheck[] {
  const checks: ServerCheck[] = [];
  for (const proxy of proxies) {
    const exchanges = checkOptionsInForce(proxy).map((option) => readExchange(proxy, option));
    for (const server of proxy.servers) checks.push(readCheck(proxy, server, exchanges, isUnverifiedByDefault));
  }
  const byName = new Map(checks.map((check) => [nameOf(check), check]));
  const decided = new Map<ServerCheck, ServerCheck | null>();
  return checks.map((check) => (check.tracks === null ? check : followTracked(check, byName, decided)));
}

/** `backend/server`. */
export function nameOf({ proxy, server }: Pick<ServerCheck, "proxy" | "server">): string {
  return `${proxy.section.name?.text ?? ""}/${server.name.text}`;
}

/** `decided` has the check at the end of each chain that was followed; null for one that ends nowhere. */
function followTracked(
  check: ServerCheck,
  byName: ReadonlyMap<string, ServerCheck>,
  decided: Map<ServerCheck, ServerCheck | null>,
): ServerCheck {
  const chain: ServerCheck[] = [];
  let target: ServerCheck | undefined = check;
  while (target?.tracks != null && !decided.has(target)) {
    // A circle ends here.
    decided.set(target, null);
    chain.push(target);
    target = byName.get(target.tracks);
  }
  const end = target?.tracks === null ? target : target === undefined ? null : (decided.get(target) ?? null);
  for (const each of chain) decided.set(each, end);
  if (end === null) return { ...check, depth: null, sees: null };
  const { depth, sees, accepts, request, trust, isTls, timing } = end;
  return { ...check, depth, sees, accepts, request, trust, isTls, timing };
}

/** What the checks of all servers of a section have in common. */
interface Exchange {
  readonly option: CheckOption | null;
  readonly connect: ConfigLine | null;
  readonly reads: boolean;
  readonly request: CheckRequest | null;
  readonly expectations: readonly CheckExpectation[];
  readonly accepts: readonly number[] | null;
}

const NO_EXCHANGE: Exchange = {
  option: null,
  connect: null,
  reads: false,
  request: null,
  expectations: [],
  accepts: null,
};

function readExchange(proxy: Proxy, option: CheckOption): Exchange {
  if (option.name !== "httpchk" && option.name !== "tcp-check") return { ...NO_EXCHANGE, option };
  const isHttp = option.name === "httpchk";
  const rules = isHttp ? httpRulesInForce(proxy) : tcpRulesInForce(proxy);
  const expectations = readExpectations(rules);
  return {
    option,
    connect: rules.find(({ action }) => action === "connect")?.line ?? null,
    reads: rules.some(({ action }) => action === "expect"),
    request: isHttp ? requestOf(proxy, rules) : null,
    expectations,
    accepts: isHttp ? acceptedStatuses(expectations) : null,
  };
}

function readCheck(
  proxy: Proxy,
  server: ServerLine,
  exchanges: readonly Exchange[],
  isUnverifiedByDefault: boolean,
): ServerCheck {
  const { options } = server;
  const timing = readTiming(proxy, server);
  const none = { proxy, server, port: null, isTls: false, trust: null, request: null, accepts: null, timing } as const;
  const base: Base = { ...none, option: null, expectations: [], tracks: null };
  const tracked = options.get("track")?.value ?? null;
  if (tracked !== null) {
    const tracks = tracked.includes("/") ? tracked : `${proxy.section.name?.text ?? ""}/${tracked}`;
    return { ...base, depth: null, sees: null, tracks };
  }
  if (options.get("check")?.isOn !== true) {
    if (options.get("agent-check")?.isOn === true) return { ...base, depth: "application", sees: "agent" };
    const isDecided = server.isComplete || options.has("check");
    return { ...base, depth: isDecided ? "none" : null, sees: isDecided ? "nothing" : null };
  }
  const [first = NO_EXCHANGE, ...alternatives] = exchanges;
  const check = readActiveCheck(base, first, isUnverifiedByDefault);
  const others = alternatives.map((exchange) => readActiveCheck(base, exchange, isUnverifiedByDefault));
  const isDecided = others.every(({ depth }) => (depth === "application") === (check.depth === "application"));
  return isDecided ? check : { ...check, depth: null, sees: null };
}

type Base = Omit<ServerCheck, "depth" | "sees">;

function readActiveCheck(
  { proxy, server, ...none }: Base,
  { option, connect, reads, request, expectations, accepts }: Exchange,
  isUnverifiedByDefault: boolean,
): ServerCheck {
  const base = { ...none, proxy, server, option };
  if (option?.name === "external-check") return { ...base, depth: "application", sees: "program" };
  const connection = connectionOf(server, connect, isUnverifiedByDefault);
  const sight = connection.isTls ? "tls" : "port";
  const depth = connection.isTls ? "tls" : "connection";
  const check = { ...base, ...connection, request, expectations, accepts };
  switch (option?.name) {
    case "httpchk":
      return { ...check, depth: "application", sees: request === null ? null : sightOf(request, accepts ?? []) };
    case "tcp-check":
      return reads ? { ...check, depth: "application", sees: "protocol" } : { ...check, depth, sees: sight };
    case "ssl-hello-chk":
      return { ...check, depth: "tls", sees: "tls" };
    case undefined:
      return proxy.hasUnknownOption ? { ...check, depth: null, sees: null } : { ...check, depth, sees: sight };
    default:
      return { ...check, depth: "application", sees: "protocol" };
  }
}

/** `check-ssl` and `no-check-ssl` decide; a check of another port or address does not take over the traffic's TLS. */
export function checksOverTls(options: ServerOptions): boolean {
  const own = options.get("check-ssl");
  if (own !== undefined) return own.isOn;
  return !options.has("port") && !options.has("addr") && options.get("ssl")?.isOn === true;
}

function connectionOf(
  server: ServerLine,
  connect: ConfigLine | null,
  isUnverifiedByDefault: boolean,
): Pick<ServerCheck, "port" | "isTls" | "trust"> {
  const words = connect?.words.map(({ text }) => text) ?? [];
  const usesServer = connect === null || words.includes("default");
  const isTls = words.includes("ssl") || (usesServer && checksOverTls(server.options));
  const portText = words[words.indexOf("port") + 1];
  const otherPort = words.includes("port") ? portText : server.options.get("port")?.value;
  const port =
    otherPort === undefined || otherPort === null ? readAddress(server.address.text).port : portOf(otherPort);
  return { port, isTls, trust: isTls ? trustOf(server.options, isUnverifiedByDefault) : null };
}

function portOf(text: string): number | null {
  return /^\d{1,5}$/.test(text) ? Number(text) : null;
}

function trustOf(options: ServerOptions, isUnverifiedByDefault: boolean): CheckTrust {
  const verify = options.get("verify")?.value ?? (isUnverifiedByDefault ? "none" : null);
  if (verify === "none") return "unverified";
  return options.has("ca-file") ? "verified" : "undefined";
}

/** Of own rules over an inherited option the option's request is lost. */
function requestOf(proxy: Proxy, rules: readonly CheckRule[]): CheckRequest {
  const option = proxy.checkOptions.findLast(({ name }) => name === "httpchk");
  const isLost = option?.isOwn === false && proxy.ownHttpRules.length > 0;
  return combineRequest(isLost ? null : (option?.line ?? null), rules);
}

function sightOf({ uri }: CheckRequest, accepts: readonly number[]): CheckSight {
  if (accepts.some((status) => status >= 500)) return "any-answer";
  return uri === null || uri === "/" || uri === "*" ? "status" : "health";
}
