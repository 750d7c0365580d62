import { BOUNDS } from "../bounds.ts";
import type { ServerView } from "../contract/view.ts";

/** HAProxy's counters of a server's responses to clients, in mode http. */
export interface AnswerCounters {
  /** Responses with a 2xx. */
  readonly good: number;
  /** Responses with a 5xx, broken and missing ones. */
  readonly failed: number;
}

/** What HAProxy's clients get from a server since our probes fail at the answer. Times are monotonic milliseconds. */
export interface ClientAnswers {
  /** When the probe that failed was sent: what a view from before it counts proves nothing. */
  readonly since: number;
  readonly first: AnswerCounters;
  /** Counters at the begin of the present window, and when they were polled. */
  readonly window: AnswerCounters;
  readonly windowAt: number;
  readonly newest: AnswerCounters;
  /** What the last window with traffic showed, and when it ended. */
  readonly shown: "served" | "failing" | null;
  readonly shownAt: number;
}

/** The counters of a view; null outside mode http, where HAProxy leaves them empty. */
export function readAnswerCounters({ responses2xx, responses5xx, responseErrors }: ServerView): AnswerCounters | null {
  return responses2xx === null ? null : { good: responses2xx, failed: (responses5xx ?? 0) + (responseErrors ?? 0) };
}

/** Starts to watch from the counters polled at `at` on, for a probe that was sent at `since`. */
export function startClientAnswers(counters: AnswerCounters, at: number, since: number): ClientAnswers {
  return {
    since,
    first: counters,
    window: counters,
    windowAt: at,
    newest: counters,
    shown: null,
    shownAt: Number.NEGATIVE_INFINITY,
  };
}

/** Takes in the counters of one view. */
export function observeClientAnswers(answers: ClientAnswers, counters: AnswerCounters, at: number): ClientAnswers {
  if (answers.windowAt <= answers.since) return startClientAnswers(counters, at, answers.since);
  const watched = { ...answers, newest: counters };
  if (at - answers.windowAt < BOUNDS.trafficWorksAfterMs) return watched;
  const shown = assessCounts(difference(counters, answers.window));
  const next = { ...watched, window: counters, windowAt: at };
  return shown === null ? next : { ...next, shown, shownAt: at };
}

/** Whether HAProxy's clients are served; null while they show nothing, or have shown nothing for a minute. */
export function classifyAnswers(answers: ClientAnswers | null, now: number): "served" | "failing" | null {
  return answers === null || now - answers.shownAt > BOUNDS.trafficServedForMs ? null : answers.shown;
}

/** True where the first window is not over and clients have got good responses only. */
export function mayBeServed(answers: ClientAnswers | null): boolean {
  if (answers === null || answers.shown !== null) return false;
  return assessCounts(difference(answers.newest, answers.first)) === "served";
}

/** Responses since the probes fail. */
export function countAnswers({ newest, first }: ClientAnswers): AnswerCounters {
  return difference(newest, first);
}

function difference(now: AnswerCounters, before: AnswerCounters): AnswerCounters {
  return { good: now.good - before.good, failed: now.failed - before.failed };
}

/** Few applications never answer with a 5xx: up to one in ten does not speak against the rest. */
function assessCounts({ good, failed }: AnswerCounters): ClientAnswers["shown"] {
  if (good === 0) return failed > 0 ? "failing" : null;
  return failed * 10 <= good ? "served" : failed > good ? "failing" : null;
}
