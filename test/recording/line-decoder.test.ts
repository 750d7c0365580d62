import { describe, expect, test } from "vitest";
import type { ProbeResult } from "../../server/contract/probe-result.ts";
import type { StatsSnapshot } from "../../server/contract/view.ts";
import { InputEncoder } from "../../server/recording/input-encoder.ts";
import { LineDecoder } from "../../server/recording/line-decoder.ts";
import type { Lines } from "../../server/recording/lines.ts";
import type { RecordedInput } from "../../server/recording/recording-lines.ts";
import { haproxyView, POLICY, probeResult, TARGET } from "../support/judge-harness.ts";
import { instanceNamed } from "../support/monitor-harness.ts";
import { RECORDING_HEAD } from "./recording-head.ts";

const SNAPSHOT: StatsSnapshot = {
  instance: "lb-1",
  scope: "all",
  sentAt: 1,
  receivedAt: 2,
  epoch: "1.1",
  info: { version: "2.6.12", pid: 1, startTimeSeconds: 1, uptimeSeconds: 2, node: "lb-1", stopping: false },
  backends: [],
  servers: [haproxyView("UP", "L4OK")],
  hints: [{ code: "no-port", sentence: "s", remedy: "r", examples: [], count: 1 }],
};

/** The inputs of these lines. */
function read(decoder: LineDecoder, lines: string | Lines | null): RecordedInput[] {
  const steps = [...(typeof lines === "string" ? [lines] : (lines ?? []))].flatMap(
    (line) => decoder.decode(line) ?? [],
  );
  return steps.flatMap((step) => (step.kind === "input" && !step.isState ? [step.input] : []));
}

describe("what is gone is forgotten", () => {
  test("an instance that was removed and is added again begins anew", () => {
    const configuration = { instances: [instanceNamed("lb-1")], rules: "" };
    const encoder = new InputEncoder(configuration);
    const decoder = new LineDecoder();
    decoder.begin(JSON.stringify(RECORDING_HEAD), null);
    decoder.decode('["live"]');
    read(decoder, encoder.poll(1, SNAPSHOT, 1_000));
    read(decoder, encoder.configured(2, { instances: [], rules: "" }));
    read(decoder, encoder.configured(3, configuration));
    const next = { ...SNAPSHOT, info: null, servers: [], hints: [], sentAt: 4, receivedAt: 5 };
    expect(read(decoder, encoder.poll(5, next, 1_000))).toEqual([{ kind: "poll", everyMs: 1_000, snapshot: next }]);
  });

  test("targets that no server has at the begin of a file are", () => {
    const encoder = new InputEncoder({ instances: [instanceNamed("lb-1")], rules: "" });
    const decoder = new LineDecoder();
    decoder.begin(JSON.stringify(RECORDING_HEAD), null);
    decoder.decode('["live"]');
    const assign = (host: string) => {
      const target = { ...TARGET, key: host, host };
      return read(decoder, encoder.assigned([["lb-1/k8s-api/cp-1", { kind: "target", target, policy: POLICY }]]));
    };
    assign("10.0.0.1");
    read(decoder, encoder.poll(1, SNAPSHOT, 1_000));
    assign("10.0.0.2");
    const of = (target: string): ProbeResult => ({ ...probeResult("ok", 1, 1, 1), target });
    const ofFirst = encoder.result(2, of("10.0.0.1"));
    expect(read(decoder, ofFirst)).toHaveLength(1);

    decoder.begin(JSON.stringify({ ...RECORDING_HEAD, start: "continued", at: 3 }), RECORDING_HEAD);
    read(decoder, encoder.state(3));
    decoder.decode('["live"]');
    expect(read(decoder, encoder.result(4, of("10.0.0.2")))).toHaveLength(1);
    expect(() => read(decoder, ofFirst)).toThrow("an unknown target");
  });
});
