import { expect, test } from "vitest";
import type { FaultName, ServerName } from "../../demo/faults.ts";
import { playStory, STORY } from "../../demo/story.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** Runs the tour for `ms` and records its actions. */
async function played(
  ms: number,
  abortAtMs: number | null = null,
): Promise<{ log: string[]; over: boolean; pending: number }> {
  const clock = new FakeClock();
  const stopping = new AbortController();
  const log: string[] = [];
  let over = false;
  const stage = {
    async setFault(server: ServerName, fault: FaultName | null) {
      log.push(`${clock.now() / 1_000} ${server} ${fault ?? "healed"}`);
    },
    print: (headline: string) => void log.push(headline),
  };
  if (abortAtMs !== null) clock.after(abortAtMs, () => stopping.abort());
  void playStory(STORY, stage, clock, stopping.signal).then(() => (over = true));
  await clock.advance(ms);
  return { log, over, pending: clock.pending };
}

test("the tour takes two minutes: healthy, a dead etcd, a drain, a dead server, a hang, each healed before the next", async () => {
  const { log, over } = await played(120_000);
  expect(over).toBe(true);
  expect(log.filter((line) => !line.includes(":"))).toEqual([
    "18 cp-2 etcd",
    "40 cp-2 healed",
    "52 cp-1 drain",
    "67 cp-1 healed",
    "75 cp-3 die",
    "90 cp-3 healed",
    "98 cp-2 hang",
    "114 cp-2 healed",
  ]);
});

test("each step is announced with its time before it happens", async () => {
  const { log } = await played(45_000);
  expect(log).toEqual([
    "0:00  All three servers are healthy.",
    expect.stringMatching(/^0:18 {2}cp-2 has lost its etcd/),
    "18 cp-2 etcd",
    "0:40  cp-2 is healthy again.",
    "40 cp-2 healed",
  ]);
});

test("has hints for every step", () => {
  expect(STORY.filter(({ hints: look }) => look.length === 0 || look.some((line) => line === ""))).toEqual([]);
});

test("ends when the demo ends, in the middle of a step too, and leaves no timer", async () => {
  expect(await played(20_000, 19_000)).toMatchObject({ over: true, pending: 0, log: { length: 3 } });
});
