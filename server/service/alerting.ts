import type { Activity } from "../alert/activity.ts";
import { Alerting, type AlertingParts } from "../alert/alerting.ts";
import type { AlertStatus } from "../contract/alert-status.ts";
import { VERSION } from "../version.ts";
import type { ServiceOptions } from "./options.ts";

type AlertingSources = Pick<AlertingParts, "store" | "live" | "holder" | "isWorking"> & {
  /** Called with each change of what the channels report. */
  readonly onChange: (status: AlertStatus) => void;
};

/** The alerts of this process, whose changes and problems are logged. */
export function createAlerting(
  { settings, clock, random, log }: ServiceOptions,
  { onChange, ...sources }: AlertingSources,
): Alerting {
  const alerting = new Alerting({
    ...sources,
    settings,
    clock,
    random,
    userAgent: `haprobe/${VERSION}`,
    onActivity: (activity) => log.info({ event: `alerts-${activity}` }, ACTIVITY_TEXTS[activity]),
    onHeartbeat: (error) =>
      error === null
        ? log.info({ event: "heartbeat-sent" }, "the heartbeat arrives again")
        : log.warn({ event: "heartbeat-not-sent" }, `the heartbeat does not arrive: ${error}`),
    onProblem: (channel, result, error) =>
      log.warn({ event: "alert-not-sent", channel, result }, `channel ${channel}: ${error}`),
    onChange: () => onChange(alerting.status()),
    onStoreFailure: (error) => log.warn({ event: "alert-store-away", err: error }, "alerts wait for the store"),
  });
  return alerting;
}

const ACTIVITY_TEXTS: Readonly<Record<Activity, string>> = {
  active: "this haprobe sends the alerts now",
  passive: "another haprobe has the address of active-when and sends the alerts",
  "taking-over": "the address of active-when has come here: what is open in 30 s is sent",
};
