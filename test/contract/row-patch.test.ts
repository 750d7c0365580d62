import fc from "fast-check";
import { expect, test } from "vitest";
import { diffRow, expandPatch, patchRow } from "../../server/contract/row-patch.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { falseUpApiserver, healthyApiserver, sampleSnapshot } from "../web/sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 27);

test("a patch makes the row after of the row before, whatever changed, also as JSON", () => {
  const rows = fc
    .record({
      isFailing: fc.boolean(),
      sessions: fc.nat(3),
      at: fc.nat(2),
      failing: fc.subarray(["etcd", "ping"]),
      phasesMs: fc.constantFrom(null, { connect: 1, tls: null, answer: 2 }, { connect: 1, tls: null, answer: 3 }),
      cure: fc.subarray(["option httpchk"]),
      tracked: fc.constantFrom(null, "be/one"),
    })
    .map(({ isFailing, sessions, at, failing, phasesMs, cure, tracked }): ServerStatus => {
      const base = isFailing ? falseUpApiserver(NOW) : healthyApiserver(NOW, { server: "cp-2" });
      return {
        ...base,
        cure,
        haproxy: { ...base.haproxy, sessionsTotal: sessions, at: new Date(NOW + at).toISOString(), tracked },
        probe: { ...base.probe, failing, phasesMs },
      };
    });
  fc.assert(
    fc.property(rows, rows, (before, after) => {
      const patch = JSON.parse(JSON.stringify(diffRow(before, after))) as ReturnType<typeof diffRow>;
      expect(patchRow(before, patch)).toEqual(after);
    }),
  );
});

test("a patch holds what changed and nothing else", () => {
  const before = healthyApiserver(NOW);
  const after = { ...before, haproxy: { ...before.haproxy, sessionsCurrent: 7, at: "2026-11-27T00:00:01.000Z" } };
  expect(diffRow(before, after)).toEqual({
    key: before.key,
    haproxy: { sessionsCurrent: 7, at: "2026-11-27T00:00:01.000Z" },
  });
  expect(diffRow(before, before)).toEqual({ key: before.key });
});

test("a part that a patch leaves out stays the same object", () => {
  const before = healthyApiserver(NOW);
  const after = patchRow(before, { key: before.key, sentence: "new", probe: { detail: "new" } });
  expect(after).toEqual({ ...before, sentence: "new", probe: { ...before.probe, detail: "new" } });
  expect(after.haproxy).toBe(before.haproxy);
  expect(after.misrouted).toBe(before.misrouted);
});

test("a patch of a row that is not known needs a snapshot", () => {
  const { summary } = sampleSnapshot([], [], { epoch: "e1", seq: 1 });
  const nothing = { removed: [], instances: [], removedInstances: [] };
  const changed = [{ key: "lb-1/be/gone", sentence: "" }];
  const message = {
    type: "patch",
    version: 1,
    epoch: "e1",
    seq: 2,
    servers: [],
    changed,
    summary,
    ...nothing,
  } as const;
  expect(expandPatch(message, new Map())).toBeNull();
});
