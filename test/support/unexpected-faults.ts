import type { FaultReporter } from "../../server/contract/ports.ts";

/** Rethrows every internal error: for parts that must have none. */
export const UNEXPECTED_FAULTS: FaultReporter = {
  recordFault({ part, name, error }) {
    throw new Error(`${part} ${name}`, { cause: error });
  },
  recordSinkDrop(sink) {
    throw new Error(`${sink} dropped an event`);
  },
};
