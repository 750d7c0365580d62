import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { moment } from "./clock-words.ts";
import { type GlyphName, kindOf } from "./kind.ts";
import { type Mismatch, mismatchesOf, namesOf, unitOf } from "./mismatch.ts";
import { listOf, plural, share, thousands } from "./quantity.ts";
import { quiet } from "./quiet-headline.ts";
import { checkWords, couldNotice, failsHow, pathOf, probeWords } from "./witness.ts";

/** A piece of the detail line; facts are set bold. */
export type Part = string | { readonly fact: string };

/** The band's answer to: what is wrong, since when, how bad, what to do. */
export interface Headline {
  readonly look: "critical" | "false-down" | "suspected" | "unknown" | "calm";
  readonly glyph: GlyphName;
  readonly sentence: string;
  readonly detail: readonly Part[];
  /** Start of what the duration measures, haprobe's clock; null where there is none to show. */
  readonly since: number | null;
  readonly sinceWord: string;
}

/** Everything the sentence is made of. `now` is haprobe's clock, for dates only. */
export interface HeadlineInput {
  readonly servers: readonly ServerStatus[];
  readonly instances: readonly InstanceStatus[];
  readonly now: number;
}

/** The worst that is, in one sentence and one line. */
export function headline(input: HeadlineInput): Headline {
  const mismatches = mismatchesOf(input.servers);
  const lies = mismatches.filter((mismatch) => mismatch.verdict === "false-up");
  const losses = mismatches.filter((mismatch) => mismatch.verdict === "false-down");
  const undecided = input.servers.filter((s) => kindOf(s) === "suspected" && s.expected === null);
  if (lies.length > 0) return falseUp(lies, input);
  if (losses.length > 0) return falseDown(losses, input);
  if (undecided.length > 0) return settling(undecided, input);
  return quiet(input);
}

function falseUp(lies: readonly Mismatch[], { servers, now }: HeadlineInput): Headline {
  const oldest = lies.reduce((a, b) => (b.since < a.since ? b : a));
  const base = { look: "critical", glyph: "false-up", since: oldest.since } as const;
  const unit = unitOf(lies.flatMap((lie) => lie.members));
  const sessions = lies.reduce((total, lie) => total + lie.sessions, 0);
  if (lies.length > 1) {
    const names = lies.map((lie) => lie.first.server);
    const sentence =
      lies.length === 2
        ? `${listOf(names)} are UP in HAProxy and failing their probes`
        : `${lies.length} servers are UP in HAProxy and failing their probes`;
    const backends = [...new Map(lies.map((lie) => [lie.first.backend, lie.first])).values()].slice(0, 2);
    const left = backends.map((first, i) => {
      const good = `${first.misrouted.healthyLeft} of ${siblings(servers, first)}`;
      return i === 0 ? `${first.backend} has ${good} good` : `${first.backend} ${good}`;
    });
    return {
      ...base,
      sentence,
      detail: [
        `Oldest: ${oldest.first.server} since `,
        { fact: moment(oldest.since, now) },
        ". ",
        { fact: amount(sessions, unit) },
        ` so far. ${left.join(", ")}.`,
      ],
      sinceWord: "the oldest",
    };
  }
  const first = oldest.first;
  const total = siblings(servers, first);
  const good = first.misrouted.healthyLeft;
  const left = good === 0 ? "No other server is good" : `${good} of ${total} servers ${good === 1 ? "is" : "are"} good`;
  const shareWords = first.misrouted.share === null ? "" : `, ${share(first.misrouted.share)} of ${first.backend}`;
  return {
    ...base,
    sentence: `${first.server} is UP in HAProxy and ${failsHow(first.probe)}`,
    detail: [
      `On ${listOf(namesOf(oldest.members, (m) => m.instance))} since `,
      { fact: moment(oldest.since, now) },
      ". ",
      { fact: amount(sessions, unit) },
      ` went into it so far${shareWords}. ${left}. `,
      ...lastWord(first),
    ],
    sinceWord: "and counting",
  };
}

function lastWord(first: ServerStatus): Part[] {
  if (first.misrouted.healthyLeft === 0) return ["It is the last one: ", { fact: "do not drain it" }, "."];
  if (couldNotice(first)) return ["HAProxy should have noticed by now: ", { fact: "take it out by hand" }, "."];
  return ["HAProxy will not notice: ", { fact: "take it out by hand" }, "."];
}

function falseDown(losses: readonly Mismatch[], { servers, now }: HeadlineInput): Headline {
  const oldest = losses.reduce((a, b) => (b.since < a.since ? b : a));
  const first = oldest.first;
  const base = { look: "false-down", glyph: "false-down", since: oldest.since } as const;
  if (losses.length > 1) {
    const names = losses.map((loss) => loss.first.server);
    return {
      ...base,
      sentence: `${losses.length === 2 ? listOf(names) : `${losses.length} servers`} are DOWN in HAProxy and pass their probes`,
      detail: [`Oldest: ${first.server} since `, { fact: moment(oldest.since, now) }, ". They get no traffic."],
      sinceWord: "the oldest",
    };
  }
  const code = first.probe.httpStatus;
  const path = pathOf(first.probe.url);
  const answers = code === null || path === "" ? "passes its probe" : `answers ${path} with ${code}`;
  const check = checkWords(first.haproxy);
  const total = siblings(servers, first);
  return {
    ...base,
    sentence: `${first.server} is DOWN in HAProxy and ${answers}`,
    detail: [
      `On ${listOf(namesOf(oldest.members, (m) => m.instance))} since `,
      { fact: moment(oldest.since, now) },
      check === "" ? ". " : `: HAProxy's check says ${check}. `,
      `It gets no traffic; ${first.backend} has ${first.misrouted.healthyLeft} of ${total} good.`,
    ],
    sinceWord: "and counting",
  };
}

function settling(undecided: readonly ServerStatus[], { now }: HeadlineInput): Headline {
  const first = undecided.reduce((a, b) => (Date.parse(b.since) < Date.parse(a.since) ? b : a));
  const since = Date.parse(first.since);
  const settles = undecided.some((server) => server.phase === "settling");
  const sentence =
    undecided.length > 1
      ? `${undecided.length} servers disagree with HAProxy; haprobe is making sure`
      : settlingSentence(first);
  return {
    look: "suspected",
    glyph: settles ? "settling" : "suspected",
    sentence,
    detail: [
      `${first.sentence.replace(/[.\s]+$/, "")}, since `,
      { fact: moment(since, now) },
      `. ${undecided.length > 1 ? "The oldest of them. " : ""}Nothing to do yet.`,
    ],
    since,
    sinceWord: settles ? "settling" : "suspected",
  };
}

/** One line about a server whose disagreement is not decided yet. */
export function settlingSentence(server: ServerStatus): string {
  const { status } = server.haproxy;
  if (server.verdict === "false-down") return `${server.server} passes its probe; HAProxy still has it ${status}`;
  if (server.reason === "draining") return `${server.server} is shutting down on purpose`;
  if (server.reason === "starting") return `${server.server} is starting and not ready yet`;
  // `UP 2/3`: HAProxy counts towards DOWN.
  if (/^UP \d/.test(status)) return `${server.server} fails its probe; HAProxy is counting it down`;
  return `${server.server} fails its probe; HAProxy has it ${status}`;
}

/** `1,204 sessions`. */
export function amount(count: number, unit: Mismatch["unit"]): string {
  return unit === "sessions and requests" ? `${thousands(count)} ${unit}` : plural(count, unit.slice(0, -1));
}

/** Servers of the same backend of the same instance, itself included. */
export function siblings(servers: readonly ServerStatus[], of: ServerStatus): number {
  return servers.filter((server) => server.instance === of.instance && server.backend === of.backend).length;
}

/** One line for the title of a row, the live region and a list. */
export function oneLine(server: ServerStatus, now: number): string {
  const since = `since ${moment(Date.parse(server.since), now)}`;
  if (server.verdict === "false-up") {
    const into = amount(server.misrouted.sessions, server.misrouted.unit);
    return `${server.server} is UP in HAProxy and ${failsHow(server.probe)} ${since}, ${into} so far`;
  }
  if (server.verdict === "false-down") return `${server.server} is DOWN in HAProxy and passes its probe ${since}`;
  return `${server.server}: HAProxy says ${server.haproxy.status}, haprobe saw ${probeWords(server.probe).lead}`;
}
