import { systemClock } from "../server/clock.ts";
import type { Command } from "./command.ts";
import { DemoProblem } from "./problem.ts";
import { runtimeFolder } from "./runtime-folder.ts";
import { endOnSignals } from "./signals.ts";
import { playStory, STORY } from "./story.ts";
import { startTour } from "./tour.ts";
import { narration, storyIsOver, welcome } from "./words.ts";

/** Runs the demo in this terminal until a signal ends it. Throws DemoProblem where it cannot start. */
export async function runTour({ listen, story }: Extract<Command, { kind: "start" }>): Promise<void> {
  const signal = endOnSignals();
  // The terminal may be gone before we are.
  process.stdout.on("error", () => {});
  const say = (text: string): void => void process.stdout.write(text);
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
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
