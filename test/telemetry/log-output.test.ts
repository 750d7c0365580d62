import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { createLogOutput } from "../../server/telemetry/log-output.ts";

test("a stream that does not take its lines loses them above the backlog, and each change of its error is reported", async () => {
  let finish = (): void => {};
  const stream = new Writable({ write: (_chunk, _encoding, done) => (finish = done) });
  const output = createLogOutput(stream);
  const changes: (string | null)[] = [];
  output.onChange(() => changes.push(output.error));

  output.write("a".repeat(BOUNDS.logBacklogBytes + 1));
  output.write("lost\n");
  output.write("lost\n");
  expect({ lost: output.lostLines, changes }).toEqual({ lost: 2, changes: ["EAGAIN"] });

  finish();
  await expect.poll(() => changes).toEqual(["EAGAIN", null]);
  expect(output.lostLines).toBe(2);
});
