import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { MonitorEvent, VerdictChanged, VerdictState } from "../../server/contract/event.ts";
import type { LogFormat, LogLevel } from "../../server/contract/settings.ts";
import { createLogger, type Logger } from "../../server/telemetry/logger.ts";
import { createEventLog, type EventLog } from "../../server/telemetry/event-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { addressChanged, nextEventBase, serverRemoved, verdictChanged } from "../support/sample-events.ts";

const CONTROL_CHARACTERS = "\u001b[2J\r\nfake line\u009b1m\u202e\u2028\u007f";

function createTestLogger(format: LogFormat, level: LogLevel = "info"): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  return { lines, log: createLogger({ level, format, stream: { write: (line) => lines.push(line) } }) };
}

describe("the text format", () => {
  test("is one line, the message before the fields", () => {
    const { log, lines } = createTestLogger("text");
    log.warn({ key: "lb-1/web/s-0", note: "two words", gone: null, count: 3 }, "something happened");
    expect(lines).toEqual([
      expect.stringMatching(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARN {2}something happened {2}key=lb-1\/web\/s-0 note="two words" gone=null count=3\n$/,
      ),
    ]);
  });

  test("shows an error by its message", () => {
    const { log, lines } = createTestLogger("text");
    log.error({ err: new Error("no such file") }, "cannot read");
    expect(lines[0]).toMatch(/ERROR cannot read {2}err="no such file"\n$/);
  });
});

test("the JSON format is one object per line", () => {
  const { log, lines } = createTestLogger("json");
  log.info({ key: "a/b/c" }, "hello");
  expect(JSON.parse(lines[0] ?? "")).toEqual({ level: "info", time: expect.any(String), key: "a/b/c", msg: "hello" });
});

test.each(["json", "text"] as const)("control characters from outside are escaped in %s", (format) => {
  const { log, lines } = createTestLogger(format);
  log.info(
    { body: CONTROL_CHARACTERS, [CONTROL_CHARACTERS]: 1, nested: [CONTROL_CHARACTERS] },
    `body: ${CONTROL_CHARACTERS}`,
  );
  expect(lines).toHaveLength(1);
  expect(lines[0]?.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
  if (format === "json") expect(JSON.parse(lines[0] ?? "")).toMatchObject({ body: CONTROL_CHARACTERS });
});

test("lines below the level are not written", () => {
  const { log, lines } = createTestLogger("text", "warn");
  log.info("quiet");
  log.error("written");
  expect(lines).toHaveLength(1);
});

describe("the log of verdicts", () => {
  type Side = VerdictState;
  const UP: Side = { verdict: "agree-up", phase: null, reason: null };
  const SUSPECTED: Side = { verdict: "false-up", phase: "suspected", reason: "probe-answered-unhealthy" };
  const CONFIRMED: Side = { ...SUSPECTED, phase: "confirmed" };
  function verdict(from: Side | null, to: Side, key = "lb-1/k8s-api/cp-1"): VerdictChanged {
    const sentence = "HAProxy says UP (L4OK); /readyz answers 500: etcd failed";
    return verdictChanged(from, to, key, sentence);
  }
  function reachability(message: string | null, instance = "lb-1"): MonitorEvent {
    const error = message === null ? null : { code: "HAPROBE_STATS_UNREACHABLE", message };
    return { ...nextEventBase(), type: "instance-reachability", site: "default", instance, error };
  }
  function verdictLog(level: LogLevel = "info"): { sink: EventLog; clock: FakeClock; entries: () => string[][] } {
    const clock = new FakeClock();
    const { log, lines } = createTestLogger("json", level);
    const entries = (): string[][] =>
      lines.map((line) => {
        const { level: name, msg } = JSON.parse(line) as { level: string; msg: string };
        return [name, msg];
      });
    return { sink: createEventLog(log, clock), clock, entries };
  }

  test("has a line per change of verdict or phase, a warning when confirmed, and none for a reason or a check status alone", () => {
    const { sink, entries } = verdictLog();
    sink.apply(verdict(UP, SUSPECTED));
    sink.apply(verdict(SUSPECTED, { ...SUSPECTED, reason: "probe-timed-out" }));
    sink.apply(verdict(SUSPECTED, CONFIRMED));
    const { from: _from, ...judgement } = verdict(CONFIRMED, CONFIRMED);
    sink.apply({ ...judgement, type: "evidence-changed" });
    sink.apply(verdict(CONFIRMED, UP));
    const sentence = "HAProxy says UP (L4OK); /readyz answers 500: etcd failed";
    expect(entries()).toEqual([
      ["info", `lb-1/k8s-api/cp-1 false-up (suspected): ${sentence}`],
      ["warn", `lb-1/k8s-api/cp-1 false-up (confirmed): ${sentence}`],
      ["info", `lb-1/k8s-api/cp-1 agree-up: ${sentence}`],
    ]);
  });

  test("logs the first verdict of a healthy server at debug level only", () => {
    const pending: Side = { verdict: "unknown", phase: null, reason: "probe-pending" };
    for (const [level, lines] of [
      ["info", 0],
      ["debug", 2],
    ] as const) {
      const { sink, entries } = verdictLog(level);
      sink.apply(verdict(null, pending));
      sink.apply(verdict(pending, UP));
      expect(entries()).toHaveLength(lines);
    }
  });

  test("applies an event once", () => {
    const { sink, entries } = verdictLog();
    const event = verdict(UP, CONFIRMED);
    sink.apply(event);
    sink.apply(event);
    expect(entries()).toHaveLength(1);
  });

  test("stops at 50 lines a second and then reports how many more there were", async () => {
    const { sink, clock, entries } = verdictLog();
    const limit = BOUNDS.verdictLogLinesPerSecond;
    for (let index = 0; index < limit + 7; index++) sink.apply(verdict(UP, CONFIRMED, `lb-1/web/s-${index}`));
    expect(entries()).toHaveLength(limit);
    await clock.advance(1_000);
    expect(entries().at(-1)).toEqual(["warn", "7 more changes in this second are not logged"]);
    sink.apply(verdict(UP, CONFIRMED));
    expect(entries()).toHaveLength(limit + 2);
    expect(clock.pending).toBe(0);
  });

  test("reports the count at its stop, too, and leaves no timer", () => {
    const { sink, clock, entries } = verdictLog();
    for (let index = 0; index <= BOUNDS.verdictLogLinesPerSecond; index++) sink.apply(verdict(UP, CONFIRMED));
    sink.stop();
    expect(entries().at(-1)?.[1]).toMatch(/^1 more/);
    expect(clock.pending).toBe(0);
  });

  test("has one line per change of an instance's reachability", () => {
    const { sink, entries } = verdictLog();
    for (const message of [null, null, "connection refused", "no such file", null]) sink.apply(reachability(message));
    expect(entries()).toEqual([
      ["info", "lb-1 answers"],
      ["warn", "lb-1: connection refused"],
      ["info", "lb-1 answers again"],
    ]);
  });

  test("forgets the instance that changed longest ago where there are ever new ones", () => {
    const { sink, entries } = verdictLog("warn");
    const names = Array.from({ length: BOUNDS.instancesMax }, (_, n) => `lb-${n}`);
    for (const name of names) sink.apply(reachability("connection refused", name));
    for (const message of [null, "connection refused"]) sink.apply(reachability(message, "lb-0"));
    sink.apply(reachability("connection refused", "another"));
    const before = entries().length;
    for (const name of [...names, "another"]) sink.apply(reachability("connection refused", name));
    expect(entries().slice(before, before + 1)).toEqual([["warn", "lb-1: connection refused"]]);
  });

  test("logs reloads, pauses of haprobe, and servers that move or are removed", () => {
    const { sink, entries } = verdictLog();
    const key = "lb-1/web/s-0";
    sink.apply({ ...nextEventBase(), type: "instance-reloaded", site: "default", instance: "lb-1", epoch: "1.2" });
    sink.apply({ ...nextEventBase(), type: "paused", forMs: 3_210.4 });
    sink.apply(addressChanged(key, null, { network: "default", host: "fd00::9", port: 80 }));
    sink.apply(serverRemoved(key));
    expect(entries()).toEqual([
      ["info", "lb-1 was restarted or reloaded"],
      ["warn", "haprobe itself was paused for 3210 ms"],
      ["info", "lb-1/web/s-0 moved from no address to [fd00::9]:80"],
      ["info", "lb-1/web/s-0 is gone from HAProxy"],
    ]);
  });
});
