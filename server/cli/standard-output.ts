import type { Writable } from "node:stream";

/** Standard output of a command; a failed write is kept instead of thrown. */
export interface StandardOutput {
  print(text: string): void;
  /** Resolves once everything is written, with the code of the first error, such as ENOSPC; null without one. */
  flush(): Promise<string | null>;
}

export function createStandardOutput(stream: Writable): StandardOutput {
  let firstError: string | null = null;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    firstError ??= error.code ?? error.message;
  });
  return {
    print: (text) => void stream.write(text),
    flush: () => new Promise((resolve) => stream.write("", () => setImmediate(() => resolve(firstError)))),
  };
}
