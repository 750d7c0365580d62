import { type Logger, createLogger } from "../server/telemetry/logger.ts";
import { escapeUnprintable } from "../server/contract/quote.ts";

/** haprobe's log for a terminal: local time, level and message, without fields. */
export function createTerminalLog(print: (line: string) => void): Logger {
  const write = (json: string): void => {
    const line = JSON.parse(json) as LogLine;
    // The demo records in its temporary folder.
    if (line.event !== "store-open") print(formatLogLine(line));
  };
  return createLogger({ level: "info", format: "json", stream: { write } });
}

interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly event?: string;
  readonly msg?: string;
}

function formatLogLine({ time, level, msg }: LogLine): string {
  const at = new Date(time).toTimeString().slice(0, 8);
  return `${at} ${level.toUpperCase().padEnd(5)} ${escapeUnprintable(msg ?? "")}`;
}
