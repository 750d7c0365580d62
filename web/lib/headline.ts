import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import type { Incident } from "../../server/contract/incident.ts";
import { formatTimestamp } from "./time-format.ts";
import { type GlyphName, displayVerdictOf } from "./display-verdict.ts";
import { distinctNames, formatMisrouted, groupByFault, groupName, type MismatchGroup } from "./mismatch-group.ts";
import { mismatchHeadline } from "./mismatch-headline.ts";
import { noMismatchHeadline } from "./no-mismatch-headline.ts";
import { failureText, probeSideText } from "./server-text.ts";
import { serverName } from "./sites.ts";

/** A piece of the detail line; emphasized parts are bold. */
export type HeadlinePart = string | { readonly emphasized: string };

/** The header band: what is wrong, since when, how bad, what to do. */
export interface Headline {
  readonly variant: "critical" | "acknowledged" | "false-down" | "suspected" | "unknown" | "ok";
  readonly glyph: GlyphName;
  readonly sentence: string;
  readonly detail: readonly HeadlinePart[];
  /** Start of the shown duration, haprobe's clock; null hides it. */
  readonly since: number | null;
  readonly sinceLabel: string;
}

/** Input of `buildHeadline`. `now` is milliseconds of haprobe's clock, used for dates only. */
export interface HeadlineInput {
  readonly servers: readonly ServerStatus[];
  /** The confirmed mismatches among `servers`, worst first. */
  readonly mismatches: readonly MismatchGroup[];
  readonly instances: readonly InstanceStatus[];
  /** The incident that ended last; null without one. */
  readonly lastEnded: Incident | null;
  readonly now: number;
  /** The fleet has several sites: servers are named with theirs. */
  readonly spansSites?: boolean;
}

/** The worst present state in one sentence and one line of detail. */
export function buildHeadline(input: HeadlineInput): Headline {
  const unconfirmed = input.servers.filter((s) => displayVerdictOf(s) === "suspected" && s.expected === null);
  if (input.mismatches.length > 0) return mismatchHeadline(input);
  if (unconfirmed.length > 0) return unconfirmedHeadline(unconfirmed, input);
  return noMismatchHeadline(input);
}

function unconfirmedHeadline(
  unconfirmed: readonly ServerStatus[],
  { now, spansSites = false }: HeadlineInput,
): Headline {
  const first = unconfirmed.reduce((a, b) => (Date.parse(b.since) < Date.parse(a.since) ? b : a));
  const since = Date.parse(first.since);
  const isSettling = unconfirmed.some((server) => server.phase === "settling");
  const faults = groupByFault(unconfirmed);
  const oldest = faults.find((members) => members.includes(first)) ?? [first];
  return {
    variant: "suspected",
    glyph: isSettling ? "settling" : "suspected",
    sentence:
      faults.length > 1
        ? `${faults.length} servers disagree with HAProxy; haprobe is confirming`
        : `${groupName({ members: oldest, spansSites })} ${unconfirmedPredicate(oldest)}`,
    detail: [
      `${first.sentence.replace(/[.\s]+$/, "")}, since `,
      { emphasized: formatTimestamp(since, now) },
      `. ${faults.length > 1 ? "The oldest of them. " : ""}Nothing to do yet.`,
    ],
    since,
    sinceLabel: isSettling ? "settling" : "suspected",
  };
}

/** What is said, after their names, of servers with one fault that is not confirmed yet: `fail their probes; HAProxy has them UP`. */
export function unconfirmedPredicate(members: readonly ServerStatus[]): string {
  const [first] = members;
  if (first === undefined) return "";
  const isOne = distinctNames(members, (member) => member.server).length === 1;
  const [be, its, it] = isOne ? ["is", "its probe", "it"] : ["are", "their probes", "them"];
  const { status } = first.haproxy;
  if (first.verdict === "false-down") return `${isOne ? "passes" : "pass"} ${its}; HAProxy still has ${it} ${status}`;
  if (first.reason === "draining") return `${be} shutting down on purpose`;
  if (first.reason === "starting") return `${be} starting and not ready yet`;
  const fails = `${isOne ? "fails" : "fail"} ${its}; HAProxy`;
  // HAProxy shows `UP 2/3` while failed checks count towards DOWN.
  if (/^UP \d/.test(status)) return `${fails}'s checks are failing (${failedChecks(first)})`;
  return `${fails} has ${it} ${status}`;
}

/** `1/3`: failed checks of the `fall` that HAProxy needs, from the health that it shows. */
function failedChecks({ haproxy }: ServerStatus): string {
  const { checkHealth, checkRise, checkFall, status } = haproxy;
  if (checkHealth === null || checkRise === null || checkFall === null) return status;
  return `${Math.max(0, checkRise + checkFall - 1 - checkHealth)}/${checkFall}`;
}

/** One line about a server for the live region and lists. */
export function summarizeServer(server: ServerStatus, now: number, spansSites = false): string {
  const name = serverName(server, spansSites);
  const since = `since ${formatTimestamp(Date.parse(server.since), now)}`;
  if (server.verdict === "false-up") {
    const misrouted = formatMisrouted(server.misrouted.sessions, server.misrouted.unit);
    return `${name} is UP in HAProxy but ${failureText(server.probe)} ${since}, ${misrouted} so far`;
  }
  if (server.verdict === "false-down") return `${name} is DOWN in HAProxy but passes its probe ${since}`;
  return `${name}: HAProxy says ${server.haproxy.status}, haprobe saw ${probeSideText(server.probe).primary}`;
}
