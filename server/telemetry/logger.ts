import pino, { type Logger } from "pino";
import type { LogFormat, LogLevel } from "../contract/settings.ts";
import { escapeUnprintable } from "../contract/quote.ts";

export type { Logger } from "pino";

/** The destination of log lines, such as process.stderr. */
export interface LogStream {
  write(line: string): unknown;
}

/** Creates a logger that writes one line per entry, as JSON or as text. Control characters, which names and bodies from outside may hold, are escaped. */
export function createLogger(settings: { level: LogLevel; format: LogFormat; stream: LogStream }): Logger {
  const { level, format, stream } = settings;
  const write =
    format === "json"
      ? (line: string) => stream.write(`${escapeUnprintable(line.trimEnd())}\n`)
      : (line: string) => stream.write(`${formatTextLine(line)}\n`);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
}

/** `TIME LEVEL message  name=value …` out of pino's JSON. */
function formatTextLine(json: string): string {
  const { time, level, msg, ...fields } = JSON.parse(json) as Record<string, unknown> & { msg?: string };
  const pairs = Object.entries(fields).map(([name, value]) => `${escapeUnprintable(name)}=${formatTextValue(value)}`);
  const head = `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${escapeUnprintable(msg ?? "")}`;
  return pairs.length === 0 ? head : `${head}  ${pairs.join(" ")}`;
}

/** An error becomes its message; only the JSON format has the stack, which has many lines. */
function formatTextValue(value: unknown): string {
  const shown = isError(value) ? value.message : value;
  const text = typeof shown === "string" ? shown : JSON.stringify(shown);
  return /^[^\s"=]+$/.test(text) ? escapeUnprintable(text) : escapeUnprintable(JSON.stringify(text));
}

function isError(value: unknown): value is { message: string } {
  return typeof value === "object" && value !== null && "stack" in value && "message" in value;
}
