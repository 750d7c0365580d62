import type { Incident, IncidentChange } from "../../server/contract/incident.ts";
import type { GlyphName } from "./display-verdict.ts";
import { distinctNames, formatMisrouted, type MismatchGroup } from "./mismatch-group.ts";
import { formatElapsed, formatList, formatPercent, formatPlural } from "./quantity-format.ts";
import { failureText, urlPath } from "./server-text.ts";
import { nameInSite } from "./sites.ts";
import { formatTimestamp } from "./time-format.ts";

/** The end of an incident's id, by which people name it: `4f19ab`. */
export function incidentNumber(id: string): string {
  return id.slice(-6);
}

/** The verdict of an incident; any other than these two cannot have one. */
export function incidentVerdict({ verdict }: Pick<Incident, "verdict">): "false-up" | "false-down" {
  return verdict === "false-down" ? verdict : "false-up";
}

/** Names of the servers: `cp-2`, `web-1, web-2 and 6 more`, `cp-2 in fra`. */
export function incidentName(
  { members, subject, site }: Pick<Incident, "members" | "subject" | "site">,
  spansSites = false,
): string {
  return nameInSite(formatList(distinctNames(members, ({ server }) => server)) || subject, site, spansSites);
}

/** Where it is: `k8s-api on lb-1 and lb-2`. */
export function incidentPlace({ members }: Pick<Incident, "members">): string {
  if (members.length === 0) return "";
  const backends = formatList(distinctNames(members, ({ backend }) => backend));
  return `${backends} on ${formatList(distinctNames(members, ({ instance }) => instance))}`;
}

/** The whole sentence, of one that ended in the past tense: `cp-2 is UP in HAProxy but failing /readyz (etcd)`. */
export function incidentTitle(incident: Incident, spansSites = false): string {
  const { probe } = incident.evidence;
  const name = incidentName(incident, spansSites);
  const isOne = distinctNames(incident.members, ({ server }) => server).length <= 1;
  const isOver = incident.state === "ended";
  const be = isOver ? (isOne ? "was" : "were") : isOne ? "is" : "are";
  if (probe === null) return `${name}: ${incident.sentence}`;
  if (incidentVerdict(incident) === "false-up") {
    return `${name} ${be} UP in HAProxy but ${failureText({ ...NO_PROBE, ...probe })}`;
  }
  const status = probe.httpStatus === null ? "" : ` with ${probe.httpStatus}`;
  const answers = isOver ? "answered" : isOne ? "answers" : "answer";
  return `${name} ${be} DOWN in HAProxy but ${answers} ${urlPath(probe.url) || "the probe"}${status}`;
}

const NO_PROBE = {
  guessed: false,
  durationMs: null,
  phasesMs: null,
  certificateExpiresAt: null,
  at: null,
} as const;

/** Unit of what was sent to its servers. */
export function incidentUnit({ backends }: Pick<Incident, "backends">): MismatchGroup["unit"] {
  const [only, ...others] = new Set(backends.map(({ unit }) => unit));
  return only === undefined || others.length > 0 ? "sessions and requests" : only;
}

/** How long it lasted, or has lasted until `now`. */
export function incidentDuration({ suspectedAt, endedAt }: Incident, now: number): number {
  return (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(suspectedAt);
}

/** What its end means: `HAProxy and haprobe agreed`. */
export function endText({ end }: Pick<Incident, "end">): string {
  switch (end) {
    case "agreed":
      return "HAProxy and haprobe agreed again";
    case "out-of-service":
      return "taken out of service";
    case "address-changed":
      return "the address changed";
    case "removed":
      return "removed from HAProxy";
    case "no-longer-judged":
      return "no longer judged";
    case null:
      return "";
  }
}

/** Why HAProxy did not notice: `HAProxy took it out after 41 s`, `never`. */
export function detectionText({ detectionLagMs }: Pick<Incident, "detectionLagMs">): string {
  return detectionLagMs === null ? "never" : `after ${formatElapsed(detectionLagMs)}`;
}

/** A message that was sent about an incident. */
export interface IncidentMessage {
  readonly at: string;
  readonly text: string;
  readonly detail: string;
  readonly id: string;
}

/** One line of what happened. */
export interface TimelineEntry {
  readonly at: number;
  /** Null: a plain dot. */
  readonly glyph: GlyphName | null;
  readonly strong: string;
  readonly text: string;
  /** Other people's text, shown as code. */
  readonly code: string;
  /** The message that it is about. */
  readonly notification: string | null;
}

/** What happened, oldest first: the first failed probe, changes, notes and messages. */
export function incidentTimeline(incident: Incident, messages: readonly IncidentMessage[] = []): TimelineEntry[] {
  const verdict = incidentVerdict(incident);
  const { probe } = incident.evidence;
  const entry = (at: string, part: Partial<TimelineEntry>): TimelineEntry => ({
    at: Date.parse(at),
    glyph: null,
    strong: "",
    text: "",
    code: "",
    notification: null,
    ...part,
  });
  const first = entry(incident.suspectedAt, {
    glyph: "suspected",
    strong: verdict === "false-up" ? "First failed probe" : "First probe that passed",
    text: ` of ${incident.subject}`,
    code: probe === null ? "" : probeEvidenceText(probe),
  });
  return [
    first,
    ...incident.changes.map((change) => entry(change.at, changeEntry(change, verdict))),
    ...incident.notes.map(({ at, name, text }) => entry(at, { strong: name, text: ` noted: ${text}` })),
    ...messages.map(({ at, text, detail, id }) => entry(at, { strong: text, text: detail, notification: id })),
  ].sort((a, b) => a.at - b.at);
}

/** `500, etcd`, `refused`. */
function probeEvidenceText({ httpStatus, kind, failing }: NonNullable<Incident["evidence"]["probe"]>): string {
  return [httpStatus === null ? kind : String(httpStatus), ...failing.map((name) => `[-]${name} failed`)].join(" ");
}

function changeEntry({ what, who, text }: IncidentChange, verdict: "false-up" | "false-down"): Partial<TimelineEntry> {
  const said = text === "" ? "" : `: ${text}`;
  switch (what) {
    case "confirmed":
      return { glyph: verdict, strong: "Confirmed", text: said };
    case "relapsed":
    case "reopened":
      return { glyph: verdict, strong: what === "relapsed" ? "Relapsed" : "Reopened", text: said };
    case "member-joined":
      return { glyph: verdict, strong: "Joined", text: said };
    case "member-left":
      return { strong: "Left", text: said };
    case "healing":
      return { strong: "Recovered", text: `${said}; haprobe is confirming` };
    case "ended":
      return { glyph: "agree-up", strong: "Ended", text: said };
    case "reason":
      return { strong: "Reason changed", text: said };
    case "urgency":
      return { strong: "Urgency", text: said };
    case "resumed":
      return { strong: "haprobe started again", text: said };
    case "acknowledged":
      return { strong: who ?? "haprobe", text: ` acknowledged${said}` };
    case "expected":
      return { strong: who ?? "haprobe", text: ` marked it as expected${said}` };
    case "not-expected":
      return { strong: who ?? "haprobe", text: " withdrew the expectation" };
  }
}

/** One paragraph for a chat, with `link` at its end. */
export function incidentParagraph(incident: Incident, now: number, link: string, spansSites = false): string {
  const { suspectedAt, endedAt, urgency, acknowledgement, expected, backends, sessions } = incident;
  const duration = formatElapsed(incidentDuration(incident, now));
  const since = formatTimestamp(Date.parse(suspectedAt), now);
  const worst = worstBackend(incident);
  const share = worst?.share ?? null;
  return [
    `${incidentTitle(incident, spansSites)}.`,
    `${incidentPlace(incident)}, ${incident.subject}.`,
    endedAt === null
      ? `Since ${since}, ${duration} so far; ${urgency}.`
      : `From ${since} for ${duration}; ${endText(incident)}.`,
    `${formatMisrouted(sessions, incidentUnit(incident))} sent to it${share === null || worst === null ? "" : `, ${formatPercent(share)} of ${worst.backend}'s`}${backends.length > 1 ? ` through ${backends.length} backends` : ""}.`,
    ...(worst === null ? [] : [`${formatPlural(worst.healthyLeft, "healthy server")} left.`]),
    ...(incidentVerdict(incident) === "false-up" ? [`HAProxy took it out: ${detectionText(incident)}.`] : []),
    ...(acknowledgement === null
      ? []
      : [`${acknowledgement.name} has it${acknowledgement.text === "" ? "" : `: ${acknowledgement.text}`}.`]),
    ...(expected === null ? [] : [`Expected, says ${expected.name}: ${expected.text}.`]),
    link,
  ].join(" ");
}

/** The backend that is worst off: with the fewest healthy servers, then the largest share. */
export function worstBackend({ backends }: Pick<Incident, "backends">): Incident["backends"][number] | null {
  return backends.toSorted((a, b) => a.healthyLeft - b.healthyLeft || (b.share ?? 0) - (a.share ?? 0))[0] ?? null;
}

/** Filters of the list of incidents. */
export interface IncidentFilter {
  readonly state: "all" | "open" | "ended";
  readonly verdict: "false-up" | "false-down" | null;
  /** Empty: all of them. */
  readonly sites: readonly string[];
  readonly text: string;
}

/** True if an incident passes: its servers, subject, sentence or id contain every word of the text. */
export function matchesIncident({ state, verdict, sites, text }: IncidentFilter, incident: Incident): boolean {
  if (sites.length > 0 && !sites.includes(incident.site)) return false;
  if (state !== "all" && (incident.state !== "ended") !== (state === "open")) return false;
  if (verdict !== null && incident.verdict !== verdict) return false;
  const haystack = [incident.id, incident.subject, incident.sentence, ...incident.members.map(({ key }) => key)]
    .join(" ")
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}
