import type { GroupKey, RouteSettings } from "../../contract/alert-settings.ts";
import type { Alert } from "../../contract/notification.ts";

/** What the alerts of one message have in common, as the subject of its timer. Notices of one name are a group of their own. */
export function groupOf(route: RouteSettings, alert: Alert): string {
  const values = route.groupBy.map((key) => VALUES[key](alert));
  return JSON.stringify([route.name, alert.isIncident ? "" : alert.name, ...values]);
}

/** The name of the route of a group; null for a text that is no group. */
export function routeNameOf(group: string): string | null {
  try {
    const parts: unknown = JSON.parse(group);
    return Array.isArray(parts) && typeof parts[0] === "string" ? parts[0] : null;
  } catch {
    return null;
  }
}

/** The lane of a group's messages to one channel. */
export function laneOf(channel: string, group: string): string {
  return `${channel} ${group}`;
}

const VALUES: Readonly<Record<GroupKey, (alert: Alert) => string>> = {
  target: ({ site, subject }) => `${site}/${subject}`,
  backend: ({ site, origin }) => `${site}/${origin.backend ?? ""}`,
  instance: ({ site, origin }) => `${site}/${origin.instance ?? ""}`,
  site: ({ site }) => site,
};
