import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { StatsSnapshot } from "../../server/contract/view.ts";
import { InputEncoder } from "../../server/recording/input-encoder.ts";
import { LineDecoder } from "../../server/recording/line-decoder.ts";
import { haproxyView } from "../support/judge-harness.ts";
import { RECORDING_HEAD } from "./recording-head.ts";

/** An answer with so many servers, of which some have served `sessions`. */
function answer(servers: number, sessions: number, from = 0): StatsSnapshot {
  return {
    instance: "lb-1",
    scope: "all",
    sentAt: sessions,
    receivedAt: sessions + 1,
    epoch: "1.1",
    info: null,
    backends: [],
    servers: Array.from({ length: servers }, (_, i) =>
      haproxyView("UP", "L4OK", {
        backend: "be",
        server: `s${from + i}`,
        sessionsTotal: i % 3 === 0 ? sessions : 0,
        address: { kind: "ip", host: `10.0.${i >> 8}.${i & 255}`, port: 80 },
      }),
    ),
    hints: [],
  };
}

test.each([1, BOUNDS.recordingLargeRows, BOUNDS.recordingLargeRows + 1, 3 * BOUNDS.recordingLargeRows + 7])(
  "a table of %d rows is read back as it was, changed, moved and shrunk",
  (rows) => {
    const encoder = new InputEncoder({ instances: [], rules: "" });
    const decoder = new LineDecoder();
    decoder.begin(JSON.stringify(RECORDING_HEAD), null);
    const answers = [
      answer(rows, 1),
      answer(rows, 5),
      answer(rows, 9, 1),
      answer(Math.ceil(rows / 2), 12),
      answer(rows, 2),
    ];
    const read = answers.map((snapshot, at) => {
      const lines = encoder.poll(at, snapshot, 1_000) ?? [];
      const steps = [...(typeof lines === "string" ? [lines] : lines)].flatMap((line) => decoder.decode(line) ?? []);
      const [step] = steps;
      return steps.length === 1 && step?.kind === "input" && step.input.kind === "poll" ? step.input.snapshot : null;
    });
    expect(read).toEqual(answers);
  },
);
