import { readCommand, USAGE } from "./command.ts";
import { askDemo } from "./control-client.ts";
import { DemoProblem } from "./problem.ts";
import { assertOurs, controlSocket, runtimeFolder } from "./runtime-folder.ts";

process.exitCode = await main(process.argv.slice(2));

/** Runs one command and resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const command = readCommand(args);
  try {
    switch (command.kind) {
      case "start": {
        // Only then is haprobe itself needed; a command to a running demo answers at once.
        const { runTour } = await import("./run-tour.ts");
        await runTour(command);
        return 0;
      }
      case "help":
        process.stdout.write(`${USAGE}\n`);
        return 0;
      case "wrong":
        process.stderr.write(`demo: ${command.message}.\n\n${USAGE}\n`);
        return 2;
      default:
        return await tell(args);
    }
  } catch (error) {
    if (!(error instanceof DemoProblem)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

/** Passes a command to the demo that runs in another terminal. */
async function tell(words: readonly string[]): Promise<number> {
  const folder = runtimeFolder(process.env);
  assertOurs(folder);
  const { ok, text } = await askDemo(controlSocket(folder), words);
  (ok ? process.stdout : process.stderr).write(`${text}\n`);
  return ok ? 0 : 1;
}
