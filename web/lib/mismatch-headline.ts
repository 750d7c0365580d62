import type { ServerStatus } from "../../server/contract/status.ts";
import { countBackendServers, countHealthyLeft } from "./backend-group.ts";
import { type BackendOutage, backendOutages } from "./backend-outage.ts";
import type { Headline, HeadlineInput, HeadlinePart } from "./headline.ts";
import {
  acknowledgementOf,
  distinctNames,
  formatMisrouted,
  groupName,
  type MismatchGroup,
  misroutedUnit,
} from "./mismatch-group.ts";
import { formatList, formatPlural, formatShare, formatThousands } from "./quantity-format.ts";
import { checkText, failureText, urlPath } from "./server-text.ts";
import { nameInSite, serverName } from "./sites.ts";
import { formatTimestamp } from "./time-format.ts";

/** From this number of flaps on a mismatch is called flapping. */
const FLAPS_MIN = 2;

/** The headline while a confirmed mismatch is open or healing: the worst of them, and who takes care of it. */
export function mismatchHeadline(input: HeadlineInput): Headline {
  const headline = worstHeadline(input);
  // A false-down that is not acknowledged does not keep the band of false-ups filled.
  const like = input.mismatches.filter(({ verdict }) => verdict === input.mismatches[0]?.verdict);
  const acknowledgements = like.map(acknowledgementOf);
  const [first] = acknowledgements;
  if (first === null || first === undefined || acknowledgements.includes(null)) return headline;
  return {
    ...headline,
    variant: headline.variant === "critical" ? "acknowledged" : headline.variant,
    detail: [
      ...headline.detail,
      " ",
      { emphasized: first.name },
      ` has it since ${formatTimestamp(Date.parse(first.at), input.now)}.`,
    ],
  };
}

function worstHeadline(input: HeadlineInput): Headline {
  const [worst] = input.mismatches;
  if (worst === undefined) throw new Error("mismatchHeadline without a mismatch");
  if (worst.flaps >= FLAPS_MIN && !worst.isOutOfService && !worst.hasNoVerdict) {
    return flappingHeadline(worst, input);
  }
  const open = input.mismatches.filter((mismatch) => !mismatch.isHealing);
  const [first] = open;
  if (first === undefined) return worst.hasNoVerdict ? noVerdictHeadline(worst, input) : healingHeadline(worst, input);
  const isAffected = ({ failing }: BackendOutage): boolean =>
    open.some(({ members }) => members.some((member) => failing.includes(member)));
  const outages = backendOutages(input.servers).filter(isAffected);
  const outage = outages.find(({ failing }) => first.members.some((member) => failing.includes(member)));
  if (outage !== undefined && input.servers.length > 1) {
    const others = outages.filter((other) => other !== outage);
    return outageHeadline(outage, others, open, input);
  }
  const falseUps = open.filter((mismatch) => mismatch.verdict === "false-up");
  return falseUps.length > 0 ? falseUpHeadline(falseUps, input) : falseDownHeadline(open, input);
}

/** A backend without a healthy server in use: more urgent than a mismatch that other servers compensate. */
function outageHeadline(
  outage: BackendOutage,
  others: readonly BackendOutage[],
  open: readonly MismatchGroup[],
  { now, spansSites = false }: HeadlineInput,
): Headline {
  const isAffected = ({ members }: MismatchGroup): boolean => members.some((member) => outage.failing.includes(member));
  const affected = open.filter(isAffected);
  const elsewhere = open.length - affected.length;
  const oldest = affected.reduce((a, b) => (b.since < a.since ? b : a));
  const hasFalseUp = affected.some((mismatch) => mismatch.verdict === "false-up");
  return {
    variant: open.some((mismatch) => mismatch.verdict === "false-up") ? "critical" : "false-down",
    glyph: hasFalseUp ? "false-up" : "false-down",
    sentence: outageSentence(outage, spansSites),
    detail: [
      `On ${outage.instance} since `,
      { emphasized: formatTimestamp(oldest.since, now) },
      ". ",
      ...(hasFalseUp
        ? misroutedParts(affected, oldest.unit, " sent to failing servers so far. ")
        : ["It receives no traffic. "]),
      ...(hasFalseUp ? ["No healthy server left: ", { emphasized: "do not drain" }, "."] : []),
      ...(others.length > 0
        ? [
            " ",
            { emphasized: formatList(others.map((other) => outageName(other, spansSites))) },
            ` ${others.length === 1 ? "has" : "have"} none either.`,
          ]
        : []),
      elsewhere > 0 ? ` ${formatPlural(elsewhere, "more mismatch", "more mismatches")} elsewhere.` : "",
    ],
    since: oldest.since,
    sinceLabel: "ongoing",
  };
}

function outageName({ backend, failing: [first] }: BackendOutage, spansSites: boolean): string {
  return nameInSite(backend, first?.site ?? "", spansSites);
}

function outageSentence(outage: BackendOutage, spansSites: boolean): string {
  const { failing } = outage;
  const [first] = failing;
  const backend = outageName(outage, spansSites);
  const of = `${formatThousands(failing.length)} of ${formatThousands(failing.length)}`;
  if (failing.every((server) => server.verdict === "false-down")) {
    return failing.length === 1
      ? `${backend} has no server in use: ${first?.server} is DOWN in HAProxy but passes its probe`
      : `${backend} has no server in use: ${of} are DOWN in HAProxy but pass their probes`;
  }
  if (failing.some((server) => server.verdict === "false-down")) {
    return `${backend} has no healthy server in use: ${of} are failing or DOWN`;
  }
  return failing.length === 1 && first !== undefined
    ? `${backend} has no healthy server: ${first.server} is UP in HAProxy but ${failureText(first.probe)}`
    : `${backend} has no healthy server: ${of} fail their probes`;
}

/** A server that flaps: the sentence changes with the number of flaps only, not with each change of the verdict. */
function flappingHeadline(mismatch: MismatchGroup, { mismatches, now }: HeadlineInput): Headline {
  const { members, flaps, since, unit, verdict } = mismatch;
  const isFalseUp = verdict === "false-up";
  const others = mismatches.length - 1;
  return {
    variant: isFalseUp ? "critical" : "false-down",
    glyph: verdict,
    sentence: `${groupName(mismatch)} ${hasOneName(mismatch) ? "is" : "are"} flapping: ${isFalseUp ? "UP in HAProxy but failing" : "DOWN in HAProxy but passing"} ${flaps + 1} times`,
    detail: [
      `On ${formatList(distinctNames(members, (member) => member.instance))} since `,
      { emphasized: formatTimestamp(since, now) },
      ". ",
      ...(isFalseUp
        ? misroutedParts([mismatch], unit, ` sent to ${hasOneName(mismatch) ? "it" : "them"} so far. `)
        : []),
      others > 0 ? `${formatPlural(others, "more mismatch", "more mismatches")} below.` : "",
    ],
    since,
    sinceLabel: "ongoing",
  };
}

/** Whether the worst mismatch goes on is not known: `cp-2 has no verdict now; it was UP in HAProxy but failing`. */
function noVerdictHeadline(mismatch: MismatchGroup, { servers, now }: HeadlineInput): Headline {
  const { first, since, verdict } = mismatch;
  const present = servers.find(({ key }) => key === first.key);
  return {
    variant: "unknown",
    glyph: "unknown",
    sentence: `${groupName(mismatch)} ${hasOneName(mismatch) ? "has no verdict now; it was" : "have no verdict now; they were"} ${verdict === "false-up" ? "UP in HAProxy but failing" : "DOWN in HAProxy but passing"}`,
    detail: ["That began ", { emphasized: formatTimestamp(since, now) }, `. ${present?.sentence ?? ""}`],
    since: null,
    sinceLabel: "",
  };
}

/** The worst mismatch ended and may come back. */
function healingHeadline(mismatch: MismatchGroup, { now }: HeadlineInput): Headline {
  const { since, verdict, isOutOfService } = mismatch;
  const were = hasOneName(mismatch) ? "was" : "were";
  return {
    variant: "suspected",
    glyph: "settling",
    sentence: `${groupName(mismatch)} ${isOutOfService ? `${were} taken out of service` : "recovered; haprobe is confirming"}`,
    detail: [
      `${were === "was" ? "It was" : "They were"} ${verdict === "false-up" ? "UP in HAProxy but failing" : "DOWN in HAProxy but passing"} since `,
      { emphasized: formatTimestamp(since, now) },
      ".",
    ],
    since: null,
    sinceLabel: "",
  };
}

/** True if its servers have one name, in however many backends and instances. */
function hasOneName({ members, spansSites }: MismatchGroup): boolean {
  return distinctNames(members, (member) => serverName(member, spansSites)).length === 1;
}

function falseUpHeadline(falseUps: readonly MismatchGroup[], { servers, now }: HeadlineInput): Headline {
  const oldest = falseUps.reduce((a, b) => (b.since < a.since ? b : a));
  const base = { variant: "critical", glyph: "false-up", since: oldest.since } as const;
  const unit = misroutedUnit(falseUps.flatMap((mismatch) => mismatch.members));
  if (falseUps.length > 1) {
    const names = distinctNames(
      falseUps.flatMap((mismatch) => mismatch.members),
      (member) => serverName(member, oldest.spansSites),
    );
    const named = names.length <= 2 ? formatList(names) : formatPlural(names.length, "server");
    const sentence = `${named} ${names.length === 1 ? "is" : "are"} UP in HAProxy but failing ${names.length === 1 ? "its" : "their"} probes`;
    const nameOf = ({ backend, site }: ServerStatus): string => nameInSite(backend, site, oldest.spansSites);
    const backends = [...new Map(falseUps.map(({ first }) => [nameOf(first), first])).values()].slice(0, 2);
    const healthyText = backends.map((first, i) => {
      const healthy = `${formatLeft(servers, first)} of ${formatThousands(countBackendServers(servers, first))}`;
      return i === 0 ? `${nameOf(first)} has ${healthy} healthy servers` : `${nameOf(first)} ${healthy}`;
    });
    return {
      ...base,
      sentence,
      detail: [
        `Oldest: ${serverName(oldest.first, oldest.spansSites)} since `,
        { emphasized: formatTimestamp(oldest.since, now) },
        ". ",
        ...misroutedParts(falseUps, unit, " sent to them so far. "),
        `${healthyText.join(", ")}.`,
      ],
      sinceLabel: "the oldest",
    };
  }
  const first = oldest.first;
  const isOne = hasOneName(oldest);
  const total = countBackendServers(servers, first);
  const healthy = first.misrouted.healthyLeft;
  const healthyText =
    healthy === 0
      ? ""
      : `${formatThousands(healthy)} of ${formatPlural(total, "server")} ${healthy === 1 ? "is" : "are"} healthy. `;
  const isOneBackend = distinctNames(oldest.members, (member) => member.backend).length === 1;
  const shareText =
    first.misrouted.share === null || !isOneBackend
      ? ""
      : `, ${formatShare(first.misrouted.share)} of ${first.backend}'s ${unit}`;
  return {
    ...base,
    sentence: `${groupName(oldest)} ${isOne ? "is" : "are"} UP in HAProxy but ${failureText(first.probe)}`,
    detail: [
      `On ${formatList(distinctNames(oldest.members, (m) => m.instance))} since `,
      { emphasized: formatTimestamp(oldest.since, now) },
      ". ",
      ...misroutedParts([oldest], unit, ` sent to ${isOne ? "it" : "them"} so far${shareText}. `),
      healthyText,
      ...drainAdvice(first, servers),
    ],
    sinceLabel: "ongoing",
  };
}

/** How much went into failing servers, and what follows that; nothing where it is not recorded. */
function misroutedParts(
  mismatches: readonly MismatchGroup[],
  unit: MismatchGroup["unit"],
  what: string,
): HeadlinePart[] {
  let total = 0;
  for (const { sessions } of mismatches) {
    if (sessions === null) return [];
    total += sessions;
  }
  return [{ emphasized: formatMisrouted(total, unit) }, what];
}

/** Healthy servers besides this one: `2`; `?` while none is known to be. */
function formatLeft(servers: readonly ServerStatus[], first: ServerStatus): string {
  const left = countHealthyLeft(servers, first);
  return left === null ? "?" : formatThousands(left);
}

function drainAdvice(first: ServerStatus, servers: readonly ServerStatus[]): HeadlinePart[] {
  const left = countHealthyLeft(servers, first);
  if (left === null) return ["No other server is known to be healthy: ", { emphasized: "do not drain it" }, "."];
  if (left === 0) return ["No healthy server left: ", { emphasized: "do not drain it" }, "."];
  const { canNotice } = first.haproxy;
  // Of a past moment it may not be known.
  if (canNotice === null) return [{ emphasized: "Drain it manually" }, "."];
  const detection = canNotice ? "HAProxy should have detected this by now: " : "HAProxy can't detect this: ";
  return [detection, { emphasized: "drain it manually" }, "."];
}

function falseDownHeadline(falseDowns: readonly MismatchGroup[], { servers, now }: HeadlineInput): Headline {
  const oldest = falseDowns.reduce((a, b) => (b.since < a.since ? b : a));
  const first = oldest.first;
  const base = { variant: "false-down", glyph: "false-down", since: oldest.since } as const;
  const names = distinctNames(
    falseDowns.flatMap((mismatch) => mismatch.members),
    (member) => serverName(member, oldest.spansSites),
  );
  if (names.length > 1) {
    return {
      ...base,
      sentence: `${names.length === 2 ? formatList(names) : formatPlural(names.length, "server")} are DOWN in HAProxy but pass their probes`,
      detail: [
        `Oldest: ${serverName(first, oldest.spansSites)} since `,
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
    sentence: `${serverName(first, oldest.spansSites)} is DOWN in HAProxy but ${answers}`,
    detail: [
      `On ${formatList(distinctNames(oldest.members, (m) => m.instance))} since `,
      { emphasized: formatTimestamp(oldest.since, now) },
      check === "" ? ". " : `: HAProxy's check says ${check}. `,
      `It receives no traffic; ${first.backend} has ${formatLeft(servers, first)} of ${formatThousands(total)} healthy.`,
    ],
    sinceLabel: "ongoing",
  };
}
