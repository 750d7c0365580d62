import { EXIT } from "./cli/exit-code.ts";

/** npm forwards the Ctrl-C that the terminal already sent to this process: one keypress, two signals. */
const DUPLICATE_SIGNAL_MS = 300;
/** How long a service that has stopped waits for a reader of its log. */
const LOG_FLUSH_MS = 1_000;

const shutdown = new AbortController();
let shutdownStartedAt = 0;
for (const name of ["SIGTERM", "SIGINT"] as const) {
  process.on(name, () => {
    if (!shutdown.signal.aborted) {
      shutdownStartedAt = performance.now();
      shutdown.abort();
    } else if (performance.now() - shutdownStartedAt > DUPLICATE_SIGNAL_MS) {
      // A second signal ends the process at once.
      process.exit(EXIT.crash);
    }
  });
}
// SIGHUP reloads a service; while it starts or stops, the default action would end it.
if (process.argv[2] === "serve") process.on("SIGHUP", () => {});
enterExistingFolder();

// Imported only now: loading everything takes a while, and a package reads the working directory.
const { runProgram } = await import("./cli/program.ts");
process.exitCode = await runProgram(process.argv.slice(2), shutdown.signal);
// Pending writes of log lines keep the process alive, the timer does not.
if (process.argv[2] === "serve") setTimeout(() => process.exit(), LOG_FLUSH_MS).unref();

/** Changes to the root folder if the working directory was deleted. */
function enterExistingFolder(): void {
  try {
    process.cwd();
  } catch {
    process.chdir("/");
  }
}
