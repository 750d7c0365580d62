import { systemClock } from "../server/clock.ts";
import type { Command } from "./command.ts";
import { DemoError } from "./demo-error.ts";
import { runtimeFolder } from "./runtime-folder.ts";
import { abortOnSignals } from "./signals.ts";
import { playStory, STORY } from "./story.ts";
import { startDemo } from "./demo.ts";
import { formatStep, formatStoryEnd, formatWelcome } from "./terminal-text.ts";

/** Runs the demo in this terminal until a signal ends it. Throws DemoError if it cannot start. */
export async function runDemo({ listen, story }: Extract<Command, { kind: "start" }>): Promise<void> {
  const signal = abortOnSignals();
  // The terminal may be closed before the demo ends.
  process.stdout.on("error", () => {});
  const say = (text: string): void => void process.stdout.write(text);
  try {
    await using tour = await startDemo({
      runtimeFolder: runtimeFolder(process.env),
      listen,
      env: process.env,
      clock: systemClock,
      random: Math.random,
      say,
      signal,
    });
    say(formatWelcome(tour));
    if (story) {
      const stage = {
        setFault: tour.setFault,
        print: (headline: string, look: readonly string[]) => say(formatStep(headline, look)),
      };
      await playStory(STORY, stage, systemClock, signal);
      if (!signal.aborted) say(formatStoryEnd(tour.url));
    }
    await waitForAbort(signal);
    say("\nStopping.\n");
  } catch (error) {
    // An interrupted start is no failure.
    if (!signal.aborted || error instanceof DemoError) throw error;
  }
}

function waitForAbort(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
