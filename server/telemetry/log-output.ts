import type { Writable } from "node:stream";
import { BOUNDS } from "../bounds.ts";
import type { LogStream } from "./logger.ts";

/** A destination of log lines that counts failed writes instead of throwing. */
export interface LogOutput extends LogStream {
  /** Lines lost since the start. */
  readonly lostLines: number;
  /** Error code of the last write, such as ENOSPC; null if it succeeded. */
  readonly error: string | null;
  /** Sets the only listener, called whenever `error` changes. */
  onChange(listener: () => void): void;
}

/** Writes lines to `stream`, such as process.stderr. The stream must stay open after an error, as process.stderr does. */
export function createLogOutput(stream: Writable): LogOutput {
  let lostLines = 0;
  let current: string | null = null;
  let notify = (): void => {};

  function record(error: string | null): void {
    if (error !== null) lostLines += 1;
    if (error === current) return;
    current = error;
    notify();
  }

  function onWritten(error?: NodeJS.ErrnoException | null): void {
    record(error ? (error.code ?? error.message) : null);
  }

  // Without a listener a failed write would end the process; its error also reaches the callback.
  stream.on("error", () => {});
  return {
    get lostLines() {
      return lostLines;
    },
    get error() {
      return current;
    },
    onChange(listener) {
      notify = listener;
    },
    write(line) {
      if (stream.writableLength > BOUNDS.logBacklogBytes) record("EAGAIN");
      else stream.write(line, onWritten);
    },
  };
}
