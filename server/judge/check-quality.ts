import type { CheckDepth, CheckQuality } from "../contract/verdict.ts";
import { type GradedView, isAgentOnly } from "./check-depth.ts";

/** What the rows of one backend have shown of its check since HAProxy's last start; one row shows it for all. */
export interface ObservedCheck {
  readonly depth: CheckDepth | null;
  /** What checks that passed have accepted. */
  readonly acceptsDenial: boolean;
  readonly acceptsError: boolean;
  readonly acceptsRedirect: boolean;
  readonly acceptsMissing: boolean;
  /** An answer of an application that is not HTTP: tcp-check, mysql, redis, an external program. */
  readonly notHttp: boolean;
  /** A result with an HTTP status. */
  readonly isHttp: boolean;
}

export const UNOBSERVED_CHECK: ObservedCheck = {
  depth: null,
  acceptsDenial: false,
  acceptsError: false,
  acceptsRedirect: false,
  acceptsMissing: false,
  notHttp: false,
  isHttp: false,
};

/** Adds what one view shows; returns the same object where that is nothing new. */
export function observeCheck(
  observed: ObservedCheck,
  view: Pick<GradedView, "check">,
  depth: CheckDepth | null,
): ObservedCheck {
  const { status, code } = view.check;
  const passed = status === "L7OK" || status === "L7OKC";
  const isHttp = (passed || status === "L7STS") && code !== null && code >= 100;
  const next: ObservedCheck = {
    depth: depth ?? observed.depth,
    acceptsDenial: observed.acceptsDenial || (passed && (code === 401 || code === 403)),
    acceptsError: observed.acceptsError || (passed && code !== null && code >= 500),
    acceptsRedirect: observed.acceptsRedirect || (passed && code !== null && code >= 300 && code < 400),
    // L7OKC is a 404 that `disable-on-404` asks for.
    acceptsMissing: observed.acceptsMissing || (status === "L7OK" && (code === 404 || code === 410)),
    // tcp-check says L7OK with code 0; an HTTP check always has a code.
    notHttp: (observed.notHttp && !(passed && isHttp)) || isNotHttp(view),
    isHttp: observed.isHttp || isHttp,
  };
  return isSameObservation(observed, next) ? observed : next;
}

function isNotHttp({ check }: Pick<GradedView, "check">): boolean {
  if (check.status === "PROCOK") return true;
  return check.status === "L7OK" && (check.code === null || check.code === 0) && !isRestored(check);
}

/** A result of a state file has neither code nor text, whatever was checked; a check that is not HTTP always has a text. */
function isRestored({ status, code, text }: GradedView["check"]): boolean {
  return status === "L7OK" && (code === null || code === 0) && text === "";
}

function isSameObservation(a: ObservedCheck, b: ObservedCheck): boolean {
  return (
    a.depth === b.depth &&
    a.acceptsDenial === b.acceptsDenial &&
    a.acceptsError === b.acceptsError &&
    a.acceptsRedirect === b.acceptsRedirect &&
    a.acceptsMissing === b.acceptsMissing &&
    a.notHttp === b.notHttp &&
    a.isHttp === b.isHttp
  );
}

/**
 * Grades the check that decides over a server, worst first; null where nothing is known yet, or where a connection
 * check is all that fits (no HTTP probe applies: a database).
 */
export function gradeCheck(
  view: GradedView,
  depth: CheckDepth | null,
  observed: ObservedCheck,
  httpApplies: boolean,
): CheckQuality | null {
  if (depth === null) return null;
  if (depth === "none") return "check-missing";
  if (depth !== "application") {
    if (httpApplies) return "check-blind";
    return view.checkElsewhere ? "check-elsewhere" : null;
  }
  if (observed.acceptsDenial) return "check-accepts-denial";
  if (observed.acceptsError) return "check-accepts-error";
  if (observed.acceptsRedirect) return "check-accepts-redirect";
  if (observed.acceptsMissing) return "check-accepts-missing";
  if (view.checkElsewhere) return "check-elsewhere";
  if (observed.notHttp || isAgentOnly(view)) return "check-once";
  return isRestored(view.check) && !observed.isHttp ? null : "check-ok";
}

/** True for a quality under which HAProxy can keep a broken server UP. */
export function canBeFalselyUp(quality: CheckQuality | null): boolean {
  switch (quality) {
    case "check-missing":
    case "check-blind":
    case "check-accepts-denial":
    case "check-accepts-error":
    case "check-accepts-redirect":
    case "check-accepts-missing":
    case "check-elsewhere":
      return true;
    case "check-once":
    case "check-ok":
    case null:
      return false;
  }
}
