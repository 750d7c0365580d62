import type { AlertMatch, RouteSettings } from "../../contract/alert-settings.ts";
import { isCronMinute } from "./cron-time.ts";
import { matchAlert } from "./match-alert.ts";
import type { OpenAlert } from "./open-alert.ts";

/** A route, and why an alert takes it or not. */
export interface RouteResult {
  readonly route: RouteSettings;
  readonly taken: boolean;
  readonly why: string;
}

/** The routes of an alert, in their order: the first that matches, and further ones after a `continue`. */
export function routeAlert(open: OpenAlert, routes: readonly RouteSettings[], at: number): readonly RouteResult[] {
  const results: RouteResult[] = [];
  let isOpen = true;
  for (const route of routes) {
    const why = isOpen ? refusal(route, open, at) : "an earlier route matched";
    results.push({ route, taken: why === null, why: why ?? "matches" });
    if (why === null && !route.continue) isOpen = false;
  }
  return results;
}

/** The routes that an alert may take while it is open: its urgency can change, and hours begin. */
export function possibleRoutes(open: OpenAlert, routes: readonly RouteSettings[]): readonly RouteSettings[] {
  const possible: RouteSettings[] = [];
  for (const route of routes) {
    if (matchAlert(route.match, open, CHANGING).kind !== "passed") continue;
    possible.push(route);
    if (!route.continue && route.hours === null && CHANGING.every((key) => route.match[key] === undefined)) break;
  }
  return possible;
}

/** Keys of a match whose result can change while an alert is open. */
const CHANGING: readonly (keyof AlertMatch)[] = ["urgency", "reason"];

function refusal(route: RouteSettings, open: OpenAlert, at: number): string | null {
  const matched = matchAlert(route.match, open);
  if (matched.kind === "held") return matched.why;
  if (route.hours !== null && !isCronMinute(route.hours, at)) return "outside of its hours";
  return null;
}
