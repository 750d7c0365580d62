import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { InstanceReachability, MonitorEvent, NetworkAddress, VerdictChanged } from "../contract/event.ts";
import { formatHostPort } from "../contract/host-port.ts";
import type { SyncEventSink } from "../contract/ports.ts";
import type { InstanceName } from "../contract/server-key.ts";
import { AppliedEvents } from "./applied-events.ts";
import { LogRateLimiter } from "./log-rate-limiter.ts";
import type { Logger } from "./logger.ts";

/** Writes the events of the monitor to the log. */
export interface EventLog extends SyncEventSink {
  /** Logs the last count of suppressed lines and cancels the timer. */
  stop(): void;
}

/** Creates the event log: one line per change of a verdict or phase and per change of an instance's reachability, never one per poll. */
export function createEventLog(log: Logger, clock: Clock): EventLog {
  const applied = new AppliedEvents();
  const unreachable = new Map<InstanceName, boolean>();
  const budget = new LogRateLimiter(clock, BOUNDS.verdictLogLinesPerSecond, (count) => {
    log.warn({ event: "lines-suppressed", count }, `${count} more changes in this second are not logged`);
  });

  function onVerdict(event: VerdictChanged): void {
    const { from, to, key } = event;
    const address = formatAddress(event.address);
    if (from !== null && from.verdict === to.verdict && from.phase === to.phase) return;
    const level = levelOf(event);
    // A line that is not written uses no budget.
    if (!log.isLevelEnabled(level) || !budget.tryAcquire()) return;
    const previous = from === null ? null : from.phase === null ? from.verdict : `${from.verdict} ${from.phase}`;
    const { verdict, phase, reason } = to;
    const state = phase === null ? verdict : `${verdict} (${phase})`;
    log[level](
      { event: event.type, key, address, verdict, phase, reason, was: previous },
      `${key} ${state}: ${event.sentence}`,
    );
  }

  function onReachability(event: InstanceReachability): void {
    const { instance, error } = event;
    const before = unreachable.get(instance);
    if (before === (error !== null)) return;
    unreachable.delete(instance);
    unreachable.set(instance, error !== null);
    // Names that DNS gives can be ever new ones.
    if (unreachable.size > BOUNDS.instancesMax) unreachable.delete(unreachable.keys().next().value ?? instance);
    if (error !== null) log.warn({ event: event.type, instance, code: error.code }, `${instance}: ${error.message}`);
    else
      log.info(
        { event: event.type, instance },
        before === undefined ? `${instance} answers` : `${instance} answers again`,
      );
  }

  function apply(event: MonitorEvent): void {
    if (!applied.markApplied(event.id)) return;
    switch (event.type) {
      case "verdict-changed":
        return onVerdict(event);
      case "instance-reachability":
        return onReachability(event);
      case "instance-reloaded":
        return log.info({ event: event.type, instance: event.instance }, `${event.instance} was restarted or reloaded`);
      case "paused":
        return log.warn(
          { event: event.type, forMs: event.forMs },
          `haprobe itself was paused for ${Math.round(event.forMs)} ms`,
        );
      case "address-changed": {
        if (!budget.tryAcquire()) return;
        const [from, to] = [formatAddress(event.from), formatAddress(event.address)];
        return log.info(
          { event: event.type, key: event.key, from, to },
          `${event.key} moved from ${from ?? "no address"} to ${to ?? "no address"}`,
        );
      }
      case "server-removed":
        if (!budget.tryAcquire()) return;
        return log.info({ event: event.type, key: event.key }, `${event.key} is gone from HAProxy`);
      case "started":
      case "evidence-changed":
      case "incident-opened":
      case "incident-changed":
      case "incident-counted":
      case "incident-ended":
        return;
      default:
        return event satisfies never;
    }
  }

  return { name: "log", apply, stop: () => budget.stop() };
}

/** The first verdict of a healthy server is debug, a confirmed mismatch a warning. */
function levelOf(event: VerdictChanged): "warn" | "info" | "debug" {
  const { from, to } = event;
  if (to.phase === "confirmed") return "warn";
  if (to.phase !== null) return "info";
  const isFirst = from === null || from.reason === "probe-pending";
  return isFirst && to.verdict !== "agree-down" ? "debug" : "info";
}

function formatAddress(address: NetworkAddress | null): string | null {
  return address === null ? null : formatHostPort(address.host, address.port);
}
