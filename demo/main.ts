import { parseCommand, USAGE } from "./command.ts";
import { sendCommand } from "./control-client.ts";
import { DemoError } from "./demo-error.ts";
import { assertPrivate, controlSocket, runtimeFolder } from "./runtime-folder.ts";

process.exitCode = await main(process.argv.slice(2));

/** Runs one command and resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const command = parseCommand(args);
  try {
    switch (command.kind) {
      case "start": {
        // Loaded for a start only: a command to a running demo does not need haprobe.
        const { runDemo } = await import("./run-demo.ts");
        await runDemo(command);
        return 0;
      }
      case "help":
        process.stdout.write(`${USAGE}\n`);
        return 0;
      case "wrong":
        process.stderr.write(`demo: ${command.message}.\n\n${USAGE}\n`);
        return 2;
      default:
        return await sendToDemo(args);
    }
  } catch (error) {
    if (!(error instanceof DemoError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

/** Sends a command to the demo in another terminal. */
async function sendToDemo(words: readonly string[]): Promise<number> {
  const folder = runtimeFolder(process.env);
  assertPrivate(folder);
  const { ok, text } = await sendCommand(controlSocket(folder), words);
  (ok ? process.stdout : process.stderr).write(`${text}\n`);
  return ok ? 0 : 1;
}
