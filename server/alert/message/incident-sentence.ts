import { BOUNDS } from "../../bounds.ts";
import type { IncidentEnd, IncidentRecord } from "../../contract/incident.ts";
import { cut, toPlainLine } from "../plain-text.ts";
import { formatCount, formatSpan } from "../../contract/quantity-text.ts";
import { failureClause, type ProbeFinding } from "./failure-clause.ts";

/** What the sentence of an incident is made of. */
export interface SentenceInput {
  readonly record: IncidentRecord;
  readonly probe: ProbeFinding | null;
  readonly unit: string;
  /** Servers of the backend that it is worst for, and the other healthy ones that receive traffic; null where unknown. */
  readonly backendSize: number | null;
  readonly healthyLeft: number | null;
  /** HAProxies that have the mismatch. */
  readonly haproxies: number;
  readonly sessions: number;
}

const NAME_CHARS = 48;

/** The whole story of a firing incident in one line: `cp-2 is UP in HAProxy and failing /readyz (etcd); 204 sessions so far, 2 of 3 servers left`. */
export function firingSentence(input: SentenceInput): string {
  const { record, probe, unit, haproxies, sessions } = input;
  const isUp = record.verdict === "false-up";
  const found = probe === null ? (isUp ? "failing our probe" : "passing our probe") : failureClause(probe);
  const where = haproxies > 1 ? `in ${haproxies} HAProxies` : "in HAProxy";
  const counts = [sessions > 0 ? `${formatCount(sessions, unit)} so far` : "", formatLeft(input)].filter(Boolean);
  const story = `${incidentName(record)} is ${isUp ? "UP" : "DOWN"} ${where} and ${found}`;
  return cut([story, counts.join(", ")].filter(Boolean).join("; "), BOUNDS.alertSentenceChars);
}

function formatLeft({ healthyLeft, backendSize }: SentenceInput): string {
  if (healthyLeft === null) return "";
  if (backendSize === null) return healthyLeft === 0 ? "no healthy server left" : `${healthyLeft} healthy left`;
  return `${healthyLeft} of ${formatCount(backendSize, "server")} left`;
}

/** The end of an incident in one line: how long it lasted, what went to the server, and whether HAProxy ever noticed. */
export function resolvedSentence({ record, unit, sessions }: SentenceInput, endedAt: number, end: IncidentEnd): string {
  const noticed =
    record.verdict !== "false-up"
      ? null
      : record.detectionLagMs === null
        ? "HAProxy never noticed"
        : `HAProxy noticed after ${formatSpan(record.detectionLagMs)}`;
  const story = `${incidentName(record)} ${describeEnd(record, end)} after ${formatSpan(endedAt - record.suspectedAt)}`;
  const went = record.verdict === "false-up" ? `${formatCount(sessions, unit)} went to it` : null;
  return cut([story, went, noticed].filter((part) => part !== null).join("; "), BOUNDS.alertSentenceChars);
}

/** One member goes by its own name, several by the address that they share. */
export function incidentName({ members, subject }: IncidentRecord): string {
  const names = new Set(members.map(({ server }) => server));
  const [only = subject] = names;
  return toPlainLine(names.size === 1 && members.length === 1 ? only : subject, NAME_CHARS);
}

function describeEnd({ verdict, detectionLagMs }: IncidentRecord, end: IncidentEnd): string {
  switch (end) {
    case "agreed":
      if (verdict === "false-down") return "is no longer falsely DOWN";
      return detectionLagMs === null ? "is healthy again" : "is DOWN in HAProxy too";
    case "out-of-service":
      return "was taken out of service";
    case "address-changed":
      return "has another address";
    case "removed":
      return "was removed from HAProxy";
    case "no-longer-judged":
      return "is no longer judged";
    default:
      return end satisfies never;
  }
}
