import { type Logger, createLogger } from "../server/telemetry/logger.ts";
import { escapeUnprintable } from "../server/contract/quote.ts";

/** haprobe's log for a terminal: local time, level and message, without fields. */
export function createTerminalLog(print: (line: string) => void): Logger {
  return createLogger({ level: "info", format: "json", stream: { write: (line) => print(formatLogLine(line)) } });
}

function formatLogLine(json: string): string {
  const { time, level, msg } = JSON.parse(json) as { time: string; level: string; msg?: string };
  const at = new Date(time).toTimeString().slice(0, 8);
  return `${at} ${level.toUpperCase().padEnd(5)} ${escapeUnprintable(msg ?? "")}`;
}
