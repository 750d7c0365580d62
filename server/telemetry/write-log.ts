import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { IncidentAction } from "../contract/incident.ts";
import { LogRateLimiter } from "./log-rate-limiter.ts";
import type { Logger } from "./logger.ts";

/** Writes a line for each write of a person, and for each that was refused. */
export interface WriteLog {
  recordWrite(write: { incident: string; action: IncidentAction; token: string | null; client: string }): void;
  recordRefusal(path: string, client: string, detail: string): void;
  /** Logs the last count of suppressed lines and cancels the timer. */
  stop(): void;
}

/** Creates the log; refusals beyond `requestLogLinesPerSecond` are counted. */
export function createWriteLog(log: Logger, clock: Clock): WriteLog {
  const refusals = new LogRateLimiter(clock, BOUNDS.requestLogLinesPerSecond, (count) =>
    log.warn({ event: "write-refused", count }, `${count} further writes were refused`),
  );
  return {
    recordWrite({ incident, action, token, client }) {
      const text = action.kind === "marked-expected" ? action.why : action.text;
      log.info(
        { event: "incident-written", incident, action: action.kind, name: action.name, token, client, text },
        `${action.name} ${describe(action)} ${incident}`,
      );
    },
    recordRefusal(path, client, detail) {
      if (refusals.tryAcquire()) log.warn({ event: "write-refused", path, client }, `a write was refused: ${detail}`);
    },
    stop: () => refusals.stop(),
  };
}

function describe(action: IncidentAction): string {
  switch (action.kind) {
    case "acknowledged":
      return "acknowledged incident";
    case "noted":
      return "added a note to incident";
    case "marked-expected":
      return action.why === null ? "no longer expects incident" : "marked as expected incident";
  }
}
