import type { FaultReporter } from "../contract/ports.ts";
import { escapeUnprintable } from "../contract/quote.ts";

/** Prints errors of haprobe's own code to stderr, for the commands that have no log. */
export const STDERR_FAULTS: FaultReporter = {
  recordFault({ part, name, error }) {
    process.stderr.write(`haprobe: internal error in ${part} ${escapeUnprintable(`${name}: ${String(error)}`)}\n`);
  },
  recordSinkDrop() {},
};
