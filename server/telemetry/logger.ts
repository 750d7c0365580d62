import pino, { type Logger } from "pino";
import type { LogFormat, LogLevel } from "../contract/settings.ts";
import { escapeUnprintable } from "./escape-unprintable.ts";

export type { Logger } from "pino";

/** Where lines go; process.stderr is one. */
export interface LogStream {
  write(line: string): unknown;
}

/** One line per entry, as JSON or for people. Names and bodies are other people's words: neither form lets a control character through. */
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
  const said = Object.entries(fields).map(([name, value]) => `${escapeUnprintable(name)}=${formatTextValue(value)}`);
  const head = `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${escapeUnprintable(msg ?? "")}`;
  return said.length === 0 ? head : `${head}  ${said.join(" ")}`;
}

/** An error is told by its message: a stack has many lines, and JSON keeps it for who wants it. */
function formatTextValue(value: unknown): string {
  const plain = isError(value) ? value.message : value;
  const text = typeof plain === "string" ? plain : JSON.stringify(plain);
  return /^[^\s"=]+$/.test(text) ? escapeUnprintable(text) : escapeUnprintable(JSON.stringify(text));
}

function isError(value: unknown): value is { message: string } {
  return typeof value === "object" && value !== null && "stack" in value && "message" in value;
}
