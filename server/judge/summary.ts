import { BOUNDS } from "../bounds.ts";
import type { FleetSummary } from "../contract/status.ts";
import { type Phase, type CheckQuality, VERDICTS, type Verdict } from "../contract/verdict.ts";
import { canBeFalselyUp } from "./check-quality.ts";
import { formatFailing, requestPath } from "./descriptions.ts";

/** What the summary needs to know of a server. */
export interface SummaryServer {
  readonly server: string;
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly expected: string | null;
  readonly quality: CheckQuality | null;
  /** Of the newest probe; null before it. */
  readonly url: string | null;
  readonly failing: readonly string[];
}

/** Most servers that the sentence names. */
const NAMED_SERVERS_MAX = 2;

/** Counts servers by verdict and says the worst in one sentence. Expected mismatches are counted, not named. */
export function summarize(servers: Iterable<SummaryServer>, instances: number, instancesFailing: number): FleetSummary {
  return finish(summarizeInSteps(servers, instances, instancesFailing));
}

/** The result of steps that need not be apart. */
export function finish<T>(steps: Generator<void, T, void>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in steps of `summaryStepServers`, between which the event loop may run. */
export function* summarizeInSteps(
  servers: Iterable<SummaryServer>,
  instances: number,
  instancesFailing: number,
): Generator<void, FleetSummary, void> {
  const verdicts: Record<Verdict, number> = Object.assign({}, ...VERDICTS.map((verdict) => ({ [verdict]: 0 })));
  const confirmed: SummaryServer[] = [];
  let [total, suspected, settling, falselyUpCount] = [0, 0, 0, 0];
  for (const server of servers) {
    if (total > 0 && total % BOUNDS.summaryStepServers === 0) yield;
    total += 1;
    verdicts[server.verdict] += 1;
    if (canBeFalselyUp(server.quality)) falselyUpCount += 1;
    if (server.expected !== null) continue;
    if (server.phase === "suspected") suspected += 1;
    if (server.phase === "settling") settling += 1;
    if (server.phase === "confirmed") confirmed.push(server);
  }
  return {
    servers: total,
    verdicts,
    confirmed: confirmed.length,
    suspected,
    settling,
    canBeFalselyUp: falselyUpCount,
    instances,
    instancesFailing,
    sentence: describeFleet(total, verdicts, confirmed, suspected + settling, instances, instancesFailing),
  };
}

function describeFleet(
  total: number,
  verdicts: Readonly<Record<Verdict, number>>,
  confirmed: readonly SummaryServer[],
  undecided: number,
  instances: number,
  instancesFailing: number,
): string {
  const falseUp = confirmed.filter((server) => server.verdict === "false-up");
  if (falseUp.length > 0)
    return `${nameServers(falseUp)} ${isOrAre(falseUp)} UP in HAProxy and failing ${describeFailure(falseUp)}`;
  const falseDown = confirmed.filter((server) => server.verdict === "false-down");
  if (falseDown.length > 0)
    return `${nameServers(falseDown)} ${isOrAre(falseDown)} DOWN in HAProxy and ${isOrAre(falseDown) === "is" ? "passes its probe" : "pass their probes"}`;
  if (instances > 0 && instancesFailing === instances)
    return instances === 1 ? "HAProxy does not answer" : `None of ${instances} HAProxies answers`;
  if (total === 0) return "No server seen yet";
  if (verdicts.unknown * 2 > total) return `${verdicts.unknown} of ${total} servers could not be judged`;
  if (undecided > 0) return `${undecided} of ${total} servers disagree, not decided yet`;
  const agreed = verdicts["agree-up"] + verdicts["agree-down"];
  return agreed === total
    ? `HAProxy and haprobe agree on ${total} servers`
    : `HAProxy and haprobe agree on ${agreed} of ${total} servers`;
}

/** Servers of one name in several backends or instances are named once. */
function nameServers(servers: readonly SummaryServer[]): string {
  const distinct = [...new Set(servers.map((server) => server.server))];
  return distinct.length <= NAMED_SERVERS_MAX ? distinct.join(" and ") : `${distinct.length} servers`;
}

function isOrAre(servers: readonly SummaryServer[]): "is" | "are" {
  return new Set(servers.map((server) => server.server)).size === 1 ? "is" : "are";
}

function describeFailure(servers: readonly SummaryServer[]): string {
  const one = servers[0];
  if (isOrAre(servers) === "are" || one === undefined) return "their probes";
  const path = one.url === null ? "its probe" : requestPath(one.url);
  const failing = formatFailing(one.failing).replace(/ failed$/, "");
  return failing === "" ? path : `${path} (${failing})`;
}
