import { acceptedStatuses, matchesFailingBody } from "./accepted-statuses.ts";
import type { Proxy } from "./proxies.ts";
import type { CheckedProxy, JudgedCheck } from "./rule.ts";
import { readAddress } from "./server-address.ts";
import type { ServerCheck } from "./server-check.ts";
import { type AssumedKind, isApiPort, kindOf, readSectionTraits } from "./server-kind.ts";

/** Modes of backends whose servers are no service for clients. */
const INTERNAL_MODES = new Set(["log", "spop", "health"]);

/** Joins the checks of each section and finds out what its servers speak. */
export function judgeChecks(
  proxies: readonly Proxy[],
  checks: readonly ServerCheck[],
  assumed: AssumedKind,
): readonly CheckedProxy[] {
  const fronted = namesBehindApiPorts(proxies);
  const byProxy = Map.groupBy(checks, ({ proxy }) => proxy);
  return [...byProxy].map(([proxy, found]) => {
    const traits = readSectionTraits(proxy, fronted.has(proxy.section.name?.text ?? ""));
    const judged = found.map((check) => ({ ...check, kind: kindOf(traits, check.server, assumed) }));
    return { proxy, checks: judged };
  });
}

/** Sections that clients reach at a port of API servers: by `bind` lines of their own, or of a frontend that uses them. */
function namesBehindApiPorts(proxies: readonly Proxy[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { section } of proxies) {
    const words = section.lines.map((line) => line.words);
    if (!words.some(([first, second]) => first?.text === "bind" && isApiPort(readAddress(second?.text ?? "").port)))
      continue;
    names.add(section.name?.text ?? "");
    for (const [first, second] of words) if (first?.text === "default_backend") names.add(second?.text ?? "");
  }
  return names;
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
