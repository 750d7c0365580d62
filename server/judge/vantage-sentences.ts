import { BOUNDS } from "../bounds.ts";
import type { ProbeStage } from "../contract/probe-result.ts";
import type { UncountedVantage, UncountedWhy, VantageProbe, VantageWord } from "../contract/vantage-word.ts";
import { formatFailing, requestPath } from "./descriptions.ts";

/** What is said of a server of which no vantage is heard. */
export const NONE_REPORTS = "No vantage reports";

/** `…, seen from 2 vantages`. */
export function describeSeen(sentence: string, count: number): string {
  return `${sentence}, seen from ${count} vantages`;
}

/** `HAProxy lb-1 says UP (L4OK); /readyz answers host-a 500: etcd failed, host-b 200`. */
export function describeAnswers(
  decisive: VantageWord,
  failing: readonly VantageWord[],
  passing: readonly VantageWord[],
): string {
  const all = [...failing, ...passing];
  const path = pathOf(decisive.probe);
  // The request of a probe that passes may not be known, and is taken for the same.
  const isSameRequest = all.every(({ probe }) => probe.httpStatus !== null && (pathOf(probe) ?? path) === path);
  const haproxy = describeHaproxy(decisive);
  if (path === null || !isSameRequest) return `${haproxy}; ${describeAll(all)}`;
  const answers = named(all, ({ vantage, probe }) => `${vantage} ${formatStatus(probe)}`, ", ");
  return `${haproxy}; ${path} answers ${answers}`;
}

/** `host-a, beside lb-1, is refused; host-b gets 200`. */
export function describeBesideHaproxy(home: VantageWord, others: readonly VantageWord[]): string {
  return `${home.vantage}, beside ${home.instance}, ${describeOutcome(home.probe)}; ${describeAll(others)}`;
}

/** `host-a, beside lb-1, gets 200; host-b is refused: look at the path of host-b`. */
export function describePath(home: VantageWord, failing: readonly VantageWord[]): string {
  return `${describeBesideHaproxy(home, failing)}: look at the path of ${named(failing, ({ vantage }) => vantage, ", ")}`;
}

/** `HAProxy lb-1 says UP (L4OK); host-a is refused; host-b gets 200`. */
export function describeUnplaced(
  decisive: VantageWord,
  failing: readonly VantageWord[],
  passing: readonly VantageWord[],
): string {
  return `${describeHaproxy(decisive)}; ${describeAll(failing)}; ${describeAll(passing)}`;
}

const UNCOUNTED_TEXTS: Readonly<Record<UncountedWhy, string>> = {
  silent: "silent",
  stale: "without an answer of HAProxy",
  blind: "blind",
  paused: "paused",
  "probe-old": "without a probe",
  "other-address": "at another address",
};

/** `host-a silent since 10:02`. */
export function describeUncounted(uncounted: readonly UncountedVantage[]): string {
  return named(
    uncounted,
    ({ vantage, why, heardAt }) =>
      `${vantage} ${UNCOUNTED_TEXTS[why]}${why === "silent" ? ` since ${formatTimeOfDay(heardAt)}` : ""}`,
    ", ",
  );
}

function describeHaproxy({ instance, haproxyStatus, checkStatus }: VantageWord): string {
  return `HAProxy ${instance} says ${haproxyStatus}${checkStatus === null ? "" : ` (${checkStatus})`}`;
}

function describeAll(words: readonly VantageWord[]): string {
  return named(words, ({ vantage, probe }) => `${vantage} ${describeOutcome(probe)}`, "; ");
}

/** What a vantage gets: `gets 500: etcd failed`, `is refused`. */
function describeOutcome(probe: VantageProbe): string {
  switch (probe.kind) {
    case "answered":
      if (probe.httpStatus !== null) return `gets ${formatStatus(probe)}`;
      return probe.outcome === "passed" ? "is answered" : "gets a wrong answer";
    case "refused":
      return "is refused";
    case "timed-out":
      return TIMEOUT_TEXTS[probe.stage ?? "answer"];
    case "reset":
      return "is disconnected";
    case "tls-failed":
      return "fails in TLS";
    case "dns-failed":
      return "cannot resolve its name";
    case "protocol-error":
      return "gets something that is not HTTP";
    case null:
      return probe.outcome === "passed" ? "is answered" : "gets no answer";
  }
}

const TIMEOUT_TEXTS: Readonly<Record<ProbeStage, string>> = {
  connect: "gets no connection in time",
  tls: "gets no TLS handshake in time",
  answer: "gets no answer in time",
};

function formatStatus({ httpStatus, failing, outcome }: VantageProbe): string {
  if (failing.length > 0) return `${httpStatus}: ${formatFailing(failing)}`;
  return outcome === "failed" && (httpStatus ?? 0) < 300
    ? `${httpStatus} with another body than expected`
    : `${httpStatus}`;
}

function pathOf({ url }: VantageProbe): string | null {
  return url === null ? null : requestPath(url);
}

/** The first few of many, and how many more there are. */
function named<T>(items: readonly T[], text: (item: T) => string, separator: string): string {
  const texts = items.slice(0, BOUNDS.vantagesNamed).map(text);
  const more = items.length - texts.length;
  return more > 0 ? `${texts.join(separator)} and ${more} more` : texts.join(separator);
}

/** `10:02`, in UTC. */
function formatTimeOfDay(ms: number): string {
  const minutes = Math.floor(ms / 60_000) % 1_440;
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
