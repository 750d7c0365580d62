import { BOUNDS } from "../bounds.ts";
import type { Finding } from "../contract/finding.ts";
import type { AlertUrgency, Alert, Notice } from "../contract/notification.ts";
import type { InstanceStatus } from "../contract/status.ts";
import { linkTo } from "./message/incident-alert.ts";
import type { OpenAlert } from "./pipeline/open-alert.ts";
import { cut, toPlainLine } from "./plain-text.ts";

/** What a notice says, before it is an alert. */
export interface NoticeDraft {
  readonly name: Notice;
  readonly instance: string | null;
  readonly backend: string | null;
  readonly server: string | null;
  readonly site: string;
  /** The vantage that it is about, on a hub. */
  readonly vantage?: string;
  /** One sentence; may hold what servers sent. */
  readonly sentence: string;
  /** What to do, with further lines to paste. */
  readonly advice: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

const URGENCIES: Readonly<Record<Notice, AlertUrgency>> = {
  "backend-without-servers": "critical",
  "instance-unreachable": "warning",
  "prober-blind": "warning",
  "certificate-expiring": "warning",
  "backend-last-server": "warning",
  split: "warning",
  "server-down": "info",
  "sessions-held": "info",
  "check-missing": "info",
  "check-blind": "info",
};

/** The alert of a notice. */
export function noticeAlert(draft: NoticeDraft, labels: Alert["labels"], publicUrl: string | null): OpenAlert {
  const { name, instance, backend, server, site, advice, since } = draft;
  const key = [instance, backend, server].filter((part) => part !== null).join("/");
  const [mitigate = "", ...fix] = advice.split("\n");
  const subject = toPlainLine(key === "" ? (draft.vantage ?? "haprobe") : key, BOUNDS.alertTextChars);
  const sentence = toPlainLine(draft.sentence, BOUNDS.alertTextChars);
  const origin = { instance, backend: plain(backend), server: plain(server) };
  const alert: Alert = {
    id: `${name} ${subject}`,
    link: linkTo(publicUrl, server === null ? null : key),
    name,
    isIncident: false,
    urgency: URGENCIES[name],
    reason: null,
    site,
    subject,
    origin,
    labels,
    sentence: cut(sentence, BOUNDS.alertSentenceChars),
    since: new Date(since).toISOString(),
    why: sentence,
    members: [],
    memberCount: 0,
    activeMembers: 1,
    sessions: 0,
    healthyLeft: null,
    evidence: [],
    mitigate: toPlainLine(mitigate, BOUNDS.alertTextChars),
    permanentFix: fix.map((line) => toPlainLine(line, BOUNDS.alertEvidenceLineChars)),
    acknowledgedBy: null,
    resolved: null,
  };
  const places = [{ instance, backend, server }];
  return { alert, places, confirmedAt: since, isHealing: false, heldWhy: null, isUndecided: false };
}

/** Notices that are findings as well, by the same name. */
const FROM_FINDINGS: readonly Notice[] = [
  "prober-blind",
  "split",
  "sessions-held",
  "backend-without-servers",
  "check-missing",
  "check-blind",
];

/** The notices among the findings, and the instances that cannot be reached. */
export function draftNotices(
  findings: readonly Finding[],
  instances: readonly InstanceStatus[],
  wanted: readonly Notice[],
): readonly NoticeDraft[] {
  const sites = new Map(instances.map(({ name, site }) => [name, site]));
  const drafts: NoticeDraft[] = [];
  for (const { code, subject, sentence, advice, since, vantages } of findings) {
    const name = FROM_FINDINGS.find((each) => each === code);
    if (name === undefined || !wanted.includes(name)) continue;
    const [by] = vantages;
    const site = sites.get(subject.instance ?? "") ?? by?.site ?? DEFAULT_SITE;
    const about = subject.instance === null && by !== undefined ? { vantage: `${by.vantage}.${by.site}` } : {};
    const where = subject.instance === null || sentence.includes(subject.instance) ? "" : ` (${subject.instance})`;
    drafts.push({
      name,
      ...subject,
      ...about,
      site,
      sentence: `${sentence}${where}`,
      advice,
      since: Date.parse(since),
    });
  }
  if (!wanted.includes("instance-unreachable")) return drafts;
  for (const { name: instance, site, state, error, lastPollAt } of instances) {
    if (state !== "failing" && state !== "stale") continue;
    drafts.push({
      name: "instance-unreachable",
      instance,
      backend: null,
      server: null,
      site,
      sentence: `${instance} cannot be polled: ${error?.message ?? "its last answer is too old"}`,
      advice: "Its servers are not judged meanwhile.",
      since: Date.parse(lastPollAt ?? error?.at ?? "") || 0,
    });
  }
  return drafts;
}

function plain(name: string | null): string | null {
  return name === null ? null : toPlainLine(name, BOUNDS.statNameMaxChars);
}

const DEFAULT_SITE = "default";
