import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import type { Incident } from "../../server/contract/incident.ts";
import { formatTimestamp } from "./time-format.ts";
import { type GlyphName, displayVerdictOf } from "./display-verdict.ts";
import { type MismatchGroup, distinctNames, groupByFault, groupName, misroutedUnit } from "./mismatch-group.ts";
import { formatList, formatPlural, formatShare, formatThousands } from "./quantity-format.ts";
import { backendOutages } from "./backend-outage.ts";
import { noMismatchHeadline } from "./no-mismatch-headline.ts";
import { checkText, failureText, urlPath, probeSideText } from "./server-text.ts";

/** A piece of the detail line; emphasized parts are bold. */
export type HeadlinePart = string | { readonly emphasized: string };

/** The header band: what is wrong, since when, how bad, what to do. */
export interface Headline {
  readonly variant: "critical" | "false-down" | "suspected" | "unknown" | "ok";
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
}

/** From this number of flaps on a mismatch is called flapping. */
const FLAPS_MIN = 2;

/** The worst present state in one sentence and one line of detail. */
export function buildHeadline(input: HeadlineInput): Headline {
  const [worst] = input.mismatches;
  if (worst !== undefined && worst.flaps >= FLAPS_MIN) return flappingHeadline(worst, input);
  const open = input.mismatches.filter((mismatch) => !mismatch.isHealing);
  const falseUps = open.filter((mismatch) => mismatch.verdict === "false-up");
  const falseDowns = open.filter((mismatch) => mismatch.verdict === "false-down");
  const unconfirmed = input.servers.filter((s) => displayVerdictOf(s) === "suspected" && s.expected === null);
  if (falseUps.length > 0) return falseUpHeadline(falseUps, input);
  if (falseDowns.length > 0) return falseDownHeadline(falseDowns, input);
  if (worst !== undefined) return healingHeadline(worst, input);
  if (unconfirmed.length > 0) return unconfirmedHeadline(unconfirmed, input);
  return noMismatchHeadline(input);
}

/** A server that flaps: the sentence changes with the number of flaps only, not with each change of the verdict. */
function flappingHeadline(mismatch: MismatchGroup, { mismatches, now }: HeadlineInput): Headline {
  const { first, members, flaps, since, sessions, unit, verdict } = mismatch;
  const isFalseUp = verdict === "false-up";
  const others = mismatches.length - 1;
  return {
    variant: isFalseUp ? "critical" : "false-down",
    glyph: verdict,
    sentence: `${first.server} is flapping: ${isFalseUp ? "UP in HAProxy but failing" : "DOWN in HAProxy but passing"} ${flaps + 1} times`,
    detail: [
      `On ${formatList(distinctNames(members, (member) => member.instance))} since `,
      { emphasized: formatTimestamp(since, now) },
      ". ",
      ...(isFalseUp ? [{ emphasized: formatMisrouted(sessions, unit) }, " sent to it since it failed last. "] : []),
      others > 0 ? `${formatPlural(others, "more mismatch", "more mismatches")} below.` : "",
    ],
    since,
    sinceLabel: "ongoing",
  };
}

/** The worst mismatch ended and may come back. */
function healingHeadline({ first, since, verdict }: MismatchGroup, { now }: HeadlineInput): Headline {
  return {
    variant: "suspected",
    glyph: "settling",
    sentence: `${first.server} recovered; haprobe is confirming`,
    detail: [
      verdict === "false-up" ? "It was UP in HAProxy but failing since " : "It was DOWN in HAProxy but passing since ",
      { emphasized: formatTimestamp(since, now) },
      ".",
    ],
    since: null,
    sinceLabel: "",
  };
}

function falseUpHeadline(falseUps: readonly MismatchGroup[], { servers, now }: HeadlineInput): Headline {
  const oldest = falseUps.reduce((a, b) => (b.since < a.since ? b : a));
  const base = { variant: "critical", glyph: "false-up", since: oldest.since } as const;
  const unit = misroutedUnit(falseUps.flatMap((mismatch) => mismatch.members));
  const sessions = falseUps.reduce((total, mismatch) => total + mismatch.sessions, 0);
  const failing = falseUps.flatMap((mismatch) => mismatch.members);
  const outage = backendOutages(servers).find((backend) => failing.some((server) => backend.failing.includes(server)));
  if (outage !== undefined && outage.failing.length > 1) {
    const elsewhere = falseUps.filter(({ members }) => !members.some((server) => outage.failing.includes(server)));
    const count = outage.failing.length;
    return {
      ...base,
      sentence: `${outage.backend} has no healthy server: ${count} of ${count} fail their probes`,
      detail: [
        `On ${outage.instance}: do not drain them. Oldest: ${oldest.first.server} since `,
        { emphasized: formatTimestamp(oldest.since, now) },
        ". ",
        { emphasized: formatMisrouted(sessions, unit) },
        ` sent to failing servers so far.`,
        elsewhere.length === 0
          ? ""
          : ` ${formatPlural(elsewhere.length, "server")} elsewhere ${elsewhere.length === 1 ? "is" : "are"} UP in HAProxy but failing, too.`,
      ],
      sinceLabel: "the oldest",
    };
  }
  if (falseUps.length > 1) {
    const names = falseUps.map(groupName);
    const sentence =
      falseUps.length === 2
        ? `${formatList(names)} are UP in HAProxy but failing their probes`
        : `${falseUps.length} servers are UP in HAProxy but failing their probes`;
    const backends = [...new Map(falseUps.map((mismatch) => [mismatch.first.backend, mismatch.first])).values()].slice(
      0,
      2,
    );
    const healthyText = backends.map((first, i) => {
      const healthy = `${first.misrouted.healthyLeft} of ${countBackendServers(servers, first)}`;
      return i === 0 ? `${first.backend} has ${healthy} healthy servers` : `${first.backend} ${healthy}`;
    });
    return {
      ...base,
      sentence,
      detail: [
        `Oldest: ${oldest.first.server} since `,
        { emphasized: formatTimestamp(oldest.since, now) },
        ". ",
        { emphasized: formatMisrouted(sessions, unit) },
        ` sent to them so far. ${healthyText.join(", ")}.`,
      ],
      sinceLabel: "the oldest",
    };
  }
  const first = oldest.first;
  const total = countBackendServers(servers, first);
  const healthy = first.misrouted.healthyLeft;
  const healthyText = healthy === 0 ? "" : ` ${healthy} of ${total} servers ${healthy === 1 ? "is" : "are"} healthy.`;
  const isOneBackend = distinctNames(oldest.members, (member) => member.backend).length === 1;
  const shareText =
    first.misrouted.share === null || !isOneBackend
      ? ""
      : `, ${formatShare(first.misrouted.share)} of ${first.backend}'s ${unit}`;
  return {
    ...base,
    sentence: `${first.server} is UP in HAProxy but ${failureText(first.probe)}`,
    detail: [
      `On ${formatList(distinctNames(oldest.members, (m) => m.instance))} since `,
      { emphasized: formatTimestamp(oldest.since, now) },
      ". ",
      { emphasized: formatMisrouted(sessions, unit) },
      ` sent to it so far${shareText}.${healthyText} `,
      ...drainAdvice(first),
    ],
    sinceLabel: "ongoing",
  };
}

function drainAdvice(first: ServerStatus): HeadlinePart[] {
  if (first.misrouted.healthyLeft === 0) return ["No healthy server left: ", { emphasized: "do not drain it" }, "."];
  const detection =
    first.haproxy.canNotice === false ? "HAProxy can't detect this: " : "HAProxy should have detected this by now: ";
  return [detection, { emphasized: "drain it manually" }, "."];
}

function falseDownHeadline(falseDowns: readonly MismatchGroup[], { servers, now }: HeadlineInput): Headline {
  const oldest = falseDowns.reduce((a, b) => (b.since < a.since ? b : a));
  const first = oldest.first;
  const base = { variant: "false-down", glyph: "false-down", since: oldest.since } as const;
  const names = distinctNames(
    falseDowns.flatMap((mismatch) => mismatch.members),
    (member) => member.server,
  );
  if (names.length > 1) {
    return {
      ...base,
      sentence: `${names.length === 2 ? formatList(names) : `${names.length} servers`} are DOWN in HAProxy but pass their probes`,
      detail: [
        `Oldest: ${first.server} since `,
        { emphasized: formatTimestamp(oldest.since, now) },
        ". They receive no traffic.",
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
    sentence: `${first.server} is DOWN in HAProxy but ${answers}`,
    detail: [
      `On ${formatList(distinctNames(oldest.members, (m) => m.instance))} since `,
      { emphasized: formatTimestamp(oldest.since, now) },
      check === "" ? ". " : `: HAProxy's check says ${check}. `,
      `It receives no traffic; ${first.backend} has ${first.misrouted.healthyLeft} of ${total} healthy.`,
    ],
    sinceLabel: "ongoing",
  };
}

function unconfirmedHeadline(unconfirmed: readonly ServerStatus[], { now }: HeadlineInput): Headline {
  const first = unconfirmed.reduce((a, b) => (Date.parse(b.since) < Date.parse(a.since) ? b : a));
  const since = Date.parse(first.since);
  const isSettling = unconfirmed.some((server) => server.phase === "settling");
  const faults = groupByFault(unconfirmed).length;
  return {
    variant: "suspected",
    glyph: isSettling ? "settling" : "suspected",
    sentence:
      faults > 1 ? `${faults} servers disagree with HAProxy; haprobe is confirming` : unconfirmedSentence(first),
    detail: [
      `${first.sentence.replace(/[.\s]+$/, "")}, since `,
      { emphasized: formatTimestamp(since, now) },
      `. ${faults > 1 ? "The oldest of them. " : ""}Nothing to do yet.`,
    ],
    since,
    sinceLabel: isSettling ? "settling" : "suspected",
  };
}

/** One line about a server whose mismatch is not confirmed yet. */
export function unconfirmedSentence(server: ServerStatus): string {
  const { status } = server.haproxy;
  if (server.verdict === "false-down") return `${server.server} passes its probe; HAProxy still has it ${status}`;
  if (server.reason === "draining") return `${server.server} is shutting down on purpose`;
  if (server.reason === "starting") return `${server.server} is starting and not ready yet`;
  // HAProxy shows `UP 2/3` while failed checks count towards DOWN.
  if (/^UP \d/.test(status))
    return `${server.server} fails its probe; HAProxy's checks are failing (${failedChecks(server)})`;
  return `${server.server} fails its probe; HAProxy has it ${status}`;
}

/** `1/3`: failed checks of the `fall` that HAProxy needs, from the health that it shows. */
function failedChecks({ haproxy }: ServerStatus): string {
  const { checkHealth, checkRise, checkFall, status } = haproxy;
  if (checkHealth === null || checkRise === null || checkFall === null) return status;
  return `${Math.max(0, checkRise + checkFall - 1 - checkHealth)}/${checkFall}`;
}

/** `1,204 sessions`. */
export function formatMisrouted(count: number, unit: MismatchGroup["unit"]): string {
  return unit === "sessions and requests"
    ? `${formatThousands(count)} ${unit}`
    : formatPlural(count, unit.slice(0, -1));
}

/** Number of servers in the backend of this server, itself included. */
export function countBackendServers(servers: readonly ServerStatus[], member: ServerStatus): number {
  return servers.filter((server) => server.instance === member.instance && server.backend === member.backend).length;
}

/** One line about a server for the live region and lists. */
export function summarizeServer(server: ServerStatus, now: number): string {
  const since = `since ${formatTimestamp(Date.parse(server.since), now)}`;
  if (server.verdict === "false-up") {
    const misrouted = formatMisrouted(server.misrouted.sessions, server.misrouted.unit);
    return `${server.server} is UP in HAProxy but ${failureText(server.probe)} ${since}, ${misrouted} so far`;
  }
  if (server.verdict === "false-down") return `${server.server} is DOWN in HAProxy but passes its probe ${since}`;
  return `${server.server}: HAProxy says ${server.haproxy.status}, haprobe saw ${probeSideText(server.probe).primary}`;
}
