import { held, type OpenAlert, PASSED, type StageResult } from "./open-alert.ts";

/** Holds an alert that another one explains: servers of an unreachable HAProxy, and what a blind prober cannot know. */
export function inhibitAlert({ alert, places, isUndecided }: OpenAlert, notices: readonly OpenAlert[]): StageResult {
  if (alert.name === "prober-blind" || alert.name === "instance-unreachable") return PASSED;
  if (isUndecided && notices.some((notice) => notice.alert.name === "prober-blind")) return held("haprobe is blind");
  const unreachable = new Set(
    notices
      .filter((notice) => notice.alert.name === "instance-unreachable")
      .map((notice) => notice.alert.origin.instance),
  );
  const instances = new Set(places.map(({ instance }) => instance));
  if (instances.size === 0 || unreachable.size === 0) return PASSED;
  return [...instances].every((instance) => instance !== null && unreachable.has(instance))
    ? held(`${[...instances].join(", ")} cannot be reached`)
    : PASSED;
}
