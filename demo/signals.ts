/** npm passes on the Ctrl-C that the terminal has already sent to us: one keypress, two signals. */
const DUPLICATE_SIGNAL_MS = 300;
/** What a shell calls an end by Ctrl-C. */
const EXIT_INTERRUPTED = 130;

/** Aborted by the first signal that asks for an end; a second one ends the process at once. */
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
