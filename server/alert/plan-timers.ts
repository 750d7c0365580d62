import type { MonitorEvent } from "../contract/event.ts";
import type { TimerWrite } from "../contract/store.ts";
import type { AlertSources } from "./alert-sources.ts";
import { groupOf } from "./pipeline/group-key.ts";
import type { OpenAlert } from "./pipeline/open-alert.ts";
import { openIncident } from "./pipeline/open-incident.ts";
import { possibleRoutes } from "./pipeline/route-alert.ts";

/**
 * The timers that follow from an event, to be stored in one transaction with it: when each group that an incident belongs
 * to is looked at. Nothing is sent from here, so that it costs the judgement little.
 */
export function planTimers(
  event: MonitorEvent,
  sources: Pick<AlertSources, "settings" | "facts">,
): readonly TimerWrite[] {
  if (!("incident" in event) || sources.settings().channels.length === 0) return [];
  return groupTimers(openIncident(event.incident, sources.facts), event.at, sources, event.type === "incident-ended");
}

/** The timers of the groups of an alert: at once for its end, else once it has stood for `wait` and `group-wait`. */
export function groupTimers(
  open: OpenAlert,
  now: number,
  { settings }: Pick<AlertSources, "settings">,
  hasEnded: boolean,
): readonly TimerWrite[] {
  return possibleRoutes(open, settings().routes).map((route) => {
    const dueAt = open.confirmedAt + route.waitMs + route.groupWaitMs;
    const subject = groupOf(route, open.alert);
    return { kind: "group", subject, dueInMs: hasEnded ? 0 : Math.max(0, dueAt - now) };
  });
}
