import pino, { type Logger } from "pino";
import type { LogFormat, LogLevel } from "../contract/settings.ts";
import { printable } from "./printable.ts";

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
      ? (line: string) => stream.write(`${printable(line.trimEnd())}\n`)
      : (line: string) => stream.write(`${textLine(line)}\n`);
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
function textLine(json: string): string {
  const { time, level, msg, ...fields } = JSON.parse(json) as Record<string, unknown> & { msg?: string };
  const said = Object.entries(fields).map(([name, value]) => `${printable(name)}=${textValue(value)}`);
  const head = `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${printable(msg ?? "")}`;
  return said.length === 0 ? head : `${head}  ${said.join(" ")}`;
}

/** An error is told by its message: a stack has many lines, and JSON keeps it for who wants it. */
function textValue(value: unknown): string {
  const plain = isError(value) ? value.message : value;
  const text = typeof plain === "string" ? plain : JSON.stringify(plain);
  return /^[^\s"=]+$/.test(text) ? printable(text) : printable(JSON.stringify(text));
}

function isError(value: unknown): value is { message: string } {
  return typeof value === "object" && value !== null && "stack" in value && "message" in value;
}
