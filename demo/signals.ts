/** npm forwards the Ctrl-C that the terminal already sent to this process: one keypress, two signals. */
const DUPLICATE_SIGNAL_MS = 300;
/** The exit code of a shell after Ctrl-C. */
const EXIT_INTERRUPTED = 130;

/** Aborted by the first SIGINT or SIGTERM; a second one ends the process at once. */
export function abortOnSignals(): AbortSignal {
  const stopping = new AbortController();
  let firstAt = 0;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (!stopping.signal.aborted) {
        firstAt = performance.now();
        stopping.abort();
      } else if (performance.now() - firstAt > DUPLICATE_SIGNAL_MS) {
        process.exit(EXIT_INTERRUPTED);
      }
    });
  }
  return stopping.signal;
}
