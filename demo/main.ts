import { systemClock } from "../server/clock.ts";
import { type Command, readCommand, USAGE } from "./command.ts";
import { askDemo } from "./control-client.ts";
import { DemoProblem } from "./problem.ts";
import { assertOurs, controlSocket, runtimeFolder } from "./runtime-folder.ts";
import { endOnSignals } from "./signals.ts";
import { playStory, STORY } from "./story.ts";
import { startTour } from "./tour.ts";
import { narration, storyIsOver, welcome } from "./words.ts";

process.exitCode = await main(process.argv.slice(2));

/** Runs one command and resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const command = readCommand(args);
  try {
    switch (command.kind) {
      case "start":
        return await start(command);
      case "help":
        say(`${USAGE}\n`);
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

/** Runs the demo until a signal ends it. */
async function start({ listen, story }: Extract<Command, { kind: "start" }>): Promise<number> {
  const signal = endOnSignals();
  // The terminal may be gone before we are.
  process.stdout.on("error", () => {});
  try {
    await using tour = await startTour({
      runtimeFolder: runtimeFolder(process.env),
      listen,
      env: process.env,
      clock: systemClock,
      random: Math.random,
      say,
      signal,
    });
    say(welcome(tour));
    if (story) {
      const stage = {
        setFault: tour.setFault,
        narrate: (headline: string, look: readonly string[]) => say(narration(headline, look)),
      };
      await playStory(STORY, stage, systemClock, signal);
      if (!signal.aborted) say(storyIsOver(tour.url));
    }
    await aborted(signal);
    say("\nStopping.\n");
  } catch (error) {
    // Broken off while it started: that is no failure.
    if (!signal.aborted || error instanceof DemoProblem) throw error;
  }
  return 0;
}

/** Passes a command to the demo that runs in another terminal. */
async function tell(words: readonly string[]): Promise<number> {
  const folder = runtimeFolder(process.env);
  assertOurs(folder);
  const { ok, text } = await askDemo(controlSocket(folder), words);
  (ok ? process.stdout : process.stderr).write(`${text}\n`);
  return ok ? 0 : 1;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function say(text: string): void {
  process.stdout.write(text);
}
