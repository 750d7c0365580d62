import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { formatTimestamp } from "./time-format.ts";
import { type GlyphName, displayVerdictOf } from "./display-verdict.ts";
import { type MismatchGroup, groupMismatches, distinctNames, misroutedUnit } from "./mismatch-group.ts";
import { formatList, formatPlural, formatShare, formatThousands } from "./quantity-format.ts";
import { noMismatchHeadline } from "./no-mismatch-headline.ts";
import { checkText, canCheckDetect, failureText, urlPath, probeSideText } from "./server-text.ts";

/** A piece of the detail line; facts are set bold. */
export type HeadlinePart = string | { readonly emphasized: string };

/** The band's answer to: what is wrong, since when, how bad, what to do. */
export interface Headline {
  readonly variant: "critical" | "false-down" | "suspected" | "unknown" | "calm";
  readonly glyph: GlyphName;
  readonly sentence: string;
  readonly detail: readonly HeadlinePart[];
  /** Start of what the duration measures, haprobe's clock; null where there is none to show. */
  readonly since: number | null;
  readonly sinceLabel: string;
}

/** Everything the sentence is made of. `now` is haprobe's clock, for dates only. */
export interface HeadlineInput {
  readonly servers: readonly ServerStatus[];
  readonly instances: readonly InstanceStatus[];
  readonly now: number;
}

/** The worst that is, in one sentence and one line. */
export function buildHeadline(input: HeadlineInput): Headline {
  const mismatches = groupMismatches(input.servers);
  const lies = mismatches.filter((mismatch) => mismatch.verdict === "false-up");
  const losses = mismatches.filter((mismatch) => mismatch.verdict === "false-down");
  const undecided = input.servers.filter((s) => displayVerdictOf(s) === "suspected" && s.expected === null);
  if (lies.length > 0) return falseUpHeadline(lies, input);
  if (losses.length > 0) return falseDownHeadline(losses, input);
  if (undecided.length > 0) return unconfirmedHeadline(undecided, input);
  return noMismatchHeadline(input);
}

function falseUpHeadline(lies: readonly MismatchGroup[], { servers, now }: HeadlineInput): Headline {
  const oldest = lies.reduce((a, b) => (b.since < a.since ? b : a));
  const base = { variant: "critical", glyph: "false-up", since: oldest.since } as const;
  const unit = misroutedUnit(lies.flatMap((lie) => lie.members));
  const sessions = lies.reduce((total, lie) => total + lie.sessions, 0);
  if (lies.length > 1) {
    const names = lies.map((lie) => lie.first.server);
    const sentence =
      lies.length === 2
        ? `${formatList(names)} are UP in HAProxy and failing their probes`
        : `${lies.length} servers are UP in HAProxy and failing their probes`;
    const backends = [...new Map(lies.map((lie) => [lie.first.backend, lie.first])).values()].slice(0, 2);
    const left = backends.map((first, i) => {
      const good = `${first.misrouted.healthyLeft} of ${countBackendServers(servers, first)}`;
      return i === 0 ? `${first.backend} has ${good} good` : `${first.backend} ${good}`;
    });
    return {
      ...base,
      sentence,
      detail: [
        `Oldest: ${oldest.first.server} since `,
        { emphasized: formatTimestamp(oldest.since, now) },
        ". ",
        { emphasized: formatMisrouted(sessions, unit) },
        ` so far. ${left.join(", ")}.`,
      ],
      sinceLabel: "the oldest",
    };
  }
  const first = oldest.first;
  const total = countBackendServers(servers, first);
  const good = first.misrouted.healthyLeft;
  const left = good === 0 ? "No other server is good" : `${good} of ${total} servers ${good === 1 ? "is" : "are"} good`;
  const shareWords =
    first.misrouted.share === null ? "" : `, ${formatShare(first.misrouted.share)} of ${first.backend}`;
  return {
    ...base,
    sentence: `${first.server} is UP in HAProxy and ${failureText(first.probe)}`,
    detail: [
      `On ${formatList(distinctNames(oldest.members, (m) => m.instance))} since `,
      { emphasized: formatTimestamp(oldest.since, now) },
      ". ",
      { emphasized: formatMisrouted(sessions, unit) },
      ` went into it so far${shareWords}. ${left}. `,
      ...drainAdvice(first),
    ],
    sinceLabel: "and counting",
  };
}

function drainAdvice(first: ServerStatus): HeadlinePart[] {
  if (first.misrouted.healthyLeft === 0) return ["It is the last one: ", { emphasized: "do not drain it" }, "."];
  if (canCheckDetect(first))
    return ["HAProxy should have noticed by now: ", { emphasized: "take it out by hand" }, "."];
  return ["HAProxy will not notice: ", { emphasized: "take it out by hand" }, "."];
}

function falseDownHeadline(losses: readonly MismatchGroup[], { servers, now }: HeadlineInput): Headline {
  const oldest = losses.reduce((a, b) => (b.since < a.since ? b : a));
  const first = oldest.first;
  const base = { variant: "false-down", glyph: "false-down", since: oldest.since } as const;
  if (losses.length > 1) {
    const names = losses.map((loss) => loss.first.server);
    return {
      ...base,
      sentence: `${losses.length === 2 ? formatList(names) : `${losses.length} servers`} are DOWN in HAProxy and pass their probes`,
      detail: [
        `Oldest: ${first.server} since `,
        { emphasized: formatTimestamp(oldest.since, now) },
        ". They get no traffic.",
      ],
      sinceLabel: "the oldest",
    };
  }
  const code = first.probe.httpStatus;
  const path = urlPath(first.probe.url);
  const answers = code === null || path === "" ? "passes its probe" : `answers ${path} with ${code}`;
  const check = checkText(first.haproxy);
  const total = countBackendServers(servers, first);
  return {
    ...base,
    sentence: `${first.server} is DOWN in HAProxy and ${answers}`,
    detail: [
      `On ${formatList(distinctNames(oldest.members, (m) => m.instance))} since `,
      { emphasized: formatTimestamp(oldest.since, now) },
      check === "" ? ". " : `: HAProxy's check says ${check}. `,
      `It gets no traffic; ${first.backend} has ${first.misrouted.healthyLeft} of ${total} good.`,
    ],
    sinceLabel: "and counting",
  };
}

function unconfirmedHeadline(undecided: readonly ServerStatus[], { now }: HeadlineInput): Headline {
  const first = undecided.reduce((a, b) => (Date.parse(b.since) < Date.parse(a.since) ? b : a));
  const since = Date.parse(first.since);
  const settles = undecided.some((server) => server.phase === "settling");
  const sentence =
    undecided.length > 1
      ? `${undecided.length} servers disagree with HAProxy; haprobe is making sure`
      : unconfirmedSentence(first);
  return {
    variant: "suspected",
    glyph: settles ? "settling" : "suspected",
    sentence,
    detail: [
      `${first.sentence.replace(/[.\s]+$/, "")}, since `,
      { emphasized: formatTimestamp(since, now) },
      `. ${undecided.length > 1 ? "The oldest of them. " : ""}Nothing to do yet.`,
    ],
    since,
    sinceLabel: settles ? "settling" : "suspected",
  };
}

/** One line about a server whose disagreement is not decided yet. */
export function unconfirmedSentence(server: ServerStatus): string {
  const { status } = server.haproxy;
  if (server.verdict === "false-down") return `${server.server} passes its probe; HAProxy still has it ${status}`;
  if (server.reason === "draining") return `${server.server} is shutting down on purpose`;
  if (server.reason === "starting") return `${server.server} is starting and not ready yet`;
  // `UP 2/3`: HAProxy counts towards DOWN.
  if (/^UP \d/.test(status)) return `${server.server} fails its probe; HAProxy is counting it down`;
  return `${server.server} fails its probe; HAProxy has it ${status}`;
}

/** `1,204 sessions`. */
export function formatMisrouted(count: number, unit: MismatchGroup["unit"]): string {
  return unit === "sessions and requests"
    ? `${formatThousands(count)} ${unit}`
    : formatPlural(count, unit.slice(0, -1));
}

/** Servers of the same backend of the same instance, itself included. */
export function countBackendServers(servers: readonly ServerStatus[], of: ServerStatus): number {
  return servers.filter((server) => server.instance === of.instance && server.backend === of.backend).length;
}

/** One line for the title of a row, the live region and a list. */
export function summarizeServer(server: ServerStatus, now: number): string {
  const since = `since ${formatTimestamp(Date.parse(server.since), now)}`;
  if (server.verdict === "false-up") {
    const into = formatMisrouted(server.misrouted.sessions, server.misrouted.unit);
    return `${server.server} is UP in HAProxy and ${failureText(server.probe)} ${since}, ${into} so far`;
  }
  if (server.verdict === "false-down") return `${server.server} is DOWN in HAProxy and passes its probe ${since}`;
  return `${server.server}: HAProxy says ${server.haproxy.status}, haprobe saw ${probeSideText(server.probe).primary}`;
}
