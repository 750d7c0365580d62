import { EXIT } from "./cli/exit-code.ts";

/** npm forwards the Ctrl-C that the terminal already sent to this process: one keypress, two signals. */
const DUPLICATE_SIGNAL_MS = 300;

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

/** Changes to the root folder if the working directory was deleted. */
function enterExistingFolder(): void {
  try {
    process.cwd();
  } catch {
    process.chdir("/");
  }
}
