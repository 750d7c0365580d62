import { acceptedStatuses, matchesFailingBody } from "./accepted-statuses.ts";
import type { Proxy } from "./proxies.ts";
import type { CheckedProxy, JudgedCheck } from "./rule.ts";
import { readAddress } from "./server-address.ts";
import type { ServerCheck } from "./server-check.ts";
import { type AssumedKind, kindOf } from "./server-kind.ts";

/** Modes of backends whose servers are no service for clients. */
const INTERNAL_MODES = new Set(["log", "spop", "health"]);

/** Joins the checks of each section and finds out what its servers speak. */
export function judgeChecks(
  proxies: readonly Proxy[],
  checks: readonly ServerCheck[],
  assumed: AssumedKind,
): readonly CheckedProxy[] {
  const ports = frontPorts(proxies);
  const byProxy = Map.groupBy(checks, ({ proxy }) => proxy);
  return [...byProxy].map(([proxy, found]) => {
    const front = ports.get(proxy.section.name?.text ?? "") ?? new Set<number>();
    const judged = found.map((check) => ({ ...check, kind: kindOf(proxy, check.server, front, assumed) }));
    return { proxy, checks: judged };
  });
}

/** The ports on which clients reach each section: its own `bind` lines, and those of frontends that use it. */
function frontPorts(proxies: readonly Proxy[]): ReadonlyMap<string, ReadonlySet<number>> {
  const ports = new Map<string, Set<number>>();
  for (const { section } of proxies) {
    const name = section.name?.text ?? "";
    const bound: number[] = [];
    const targets = [name];
    for (const { words } of section.lines) {
      const [first, second] = words;
      const port = first?.text === "bind" ? readAddress(second?.text ?? "").port : null;
      if (port !== null) bound.push(port);
      if (first?.text === "default_backend" && second !== undefined) targets.push(second.text);
    }
    for (const target of targets) {
      const known = ports.get(target) ?? new Set();
      for (const port of bound) known.add(port);
      ports.set(target, known);
    }
  }
  return ports;
}

/** True for a check that cannot see a server answering errors, where HTTP is spoken. */
export function isBlind({ depth, kind, tracks, server }: JudgedCheck): boolean {
  if (tracks !== null || kind === "other" || server.options.get("agent-check")?.isOn === true) return false;
  return depth === "connection" || depth === "tls";
}

/** True for a server of the network that nothing checks. */
export function isUnchecked({ depth, tracks, proxy, server }: JudgedCheck): boolean {
  if (depth !== "none" || tracks !== null || INTERNAL_MODES.has(proxy.mode)) return false;
  return !readAddress(server.address.text).isSocket && server.options.get("disabled")?.isOn !== true;
}

/** True where a body that says that the server fails lets the check pass, whatever the status. */
export function matchesFailure({ kind, expectations }: JudgedCheck): boolean {
  const bodies = expectations.filter(({ match }) => match.endsWith("string"));
  if (bodies.length === 0 || kind !== "kubernetes") return false;
  return bodies.every(matchesFailingBody) && acceptedStatuses(expectations).some((status) => status >= 500);
}
