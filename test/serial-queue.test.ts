import { expect, test } from "vitest";
import { createSerialQueue } from "../server/serial-queue.ts";

test("tasks run one after another, in the order in which they were given", async () => {
  const enqueue = createSerialQueue();
  const steps: string[] = [];
  const task = (name: string) => async () => {
    steps.push(`${name} begins`);
    await Promise.resolve();
    steps.push(`${name} ends`);
  };
  await Promise.all([enqueue(task("a")), enqueue(task("b"))]);
  expect(steps).toEqual(["a begins", "a ends", "b begins", "b ends"]);
});

test("a task that rejects rejects for its caller, and the next one runs", async () => {
  const enqueue = createSerialQueue();
  await expect(enqueue(() => Promise.reject(new Error("first")))).rejects.toThrow("first");
  expect(await enqueue(() => Promise.resolve("second"))).toBe("second");
});
