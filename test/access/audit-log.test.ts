import { describe, expect, test } from "vitest";
import { AuditLog } from "../../server/access/audit-log.ts";
import { MemoryAudit } from "../../server/access/memory-audit.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { AuditEntry } from "../../server/contract/audit.ts";
import { FakeClock } from "../support/fake-clock.ts";

function startAudit(store = new MemoryAudit(), keep = 100) {
  const clock = new FakeClock();
  let lost = 0;
  const audit = new AuditLog({ store, clock, keep, onLost: (count) => (lost += count) });
  const record = (action: string, status = 200) =>
    audit.record({ name: "mara", via: "session", client: "10.0.0.7", action, status, detail: "" });
  const read = async () => (await audit.read({ cursor: null, limit: 1_000 })).rows.map(({ action }) => action);
  return { clock, audit, record, read, store, lost: () => lost };
}

describe("the audit log", () => {
  test("gives the newest first, by pages", async () => {
    const { audit, record } = startAudit();
    for (const action of ["a", "b", "c"]) record(action);
    const first = await audit.read({ cursor: null, limit: 2 });
    expect(first.rows.map(({ action }) => action)).toEqual(["c", "b"]);
    const second = await audit.read({ cursor: first.next, limit: 2 });
    expect([second.rows.map(({ action }) => action), second.next]).toEqual([["a"], null]);
  });

  test("keeps a bounded number of entries", async () => {
    const { record, read } = startAudit(new MemoryAudit(), 3);
    for (const action of ["a", "b", "c", "d"]) record(action);
    expect(await read()).toEqual(["d", "c", "b"]);
  });

  test("counts refusals beyond some a second, so that a flood pushes out nothing", async () => {
    const { record, read, clock } = startAudit();
    record("write");
    for (let refused = 0; refused < 1_000; refused += 1) record("refused", 403);
    await clock.advance(1_000);
    record("refused", 401);
    const actions = await read();
    expect(actions.filter((action) => action === "refused")).toHaveLength(BOUNDS.auditRefusalsPerSecond + 1);
    expect(actions).toContain("refusals");
    expect(actions.at(-1)).toBe("write");
  });

  test("waits for a store that is away, up to a bound; what is lost is counted", async () => {
    const store = new MemoryAudit();
    let isAway = true;
    const add = store.addAudit.bind(store);
    store.addAudit = (entries: readonly AuditEntry[], keep) =>
      isAway ? Promise.reject(new Error("away")) : add(entries, keep);
    const { record, read, clock, lost } = startAudit(store, BOUNDS.auditQueueMax);
    for (let entry = 0; entry < BOUNDS.auditQueueMax + 5; entry += 1) record(`write ${entry}`);
    await clock.advance(BOUNDS.auditEveryMs);
    isAway = false;
    await clock.advance(BOUNDS.storeRetryMaxMs);
    const actions = await read();
    expect([actions.length, actions.at(-1), lost()]).toEqual([BOUNDS.auditQueueMax, "write 5", 5]);
  });

  test("keeps no more than that while a store does not answer", async () => {
    const store = new MemoryAudit();
    const answer = Promise.withResolvers<void>();
    const add = store.addAudit.bind(store);
    store.addAudit = async (entries: readonly AuditEntry[], keep) => {
      await answer.promise;
      await add(entries, keep);
    };
    const { record, read, clock, lost } = startAudit(store, 2 * BOUNDS.auditQueueMax);
    record("first");
    await clock.advance(BOUNDS.auditEveryMs);
    for (let entry = 0; entry < BOUNDS.auditQueueMax + 5; entry += 1) record(`write ${entry}`);
    expect(lost()).toBe(5);
    answer.resolve();
    await clock.advance(BOUNDS.auditEveryMs);
    const actions = await read();
    expect([actions.length, actions.at(-1)]).toEqual([BOUNDS.auditQueueMax, "write 5"]);
  });

  test("keeps no more than that while a store refuses what it is given", async () => {
    const store = new MemoryAudit();
    const add = store.addAudit.bind(store);
    const answer = Promise.withResolvers<void>();
    store.addAudit = () => answer.promise;
    const { record, read, clock, lost } = startAudit(store, 2 * BOUNDS.auditQueueMax);
    for (let entry = 0; entry < BOUNDS.auditQueueMax; entry += 1) record(`write ${entry}`);
    await clock.advance(BOUNDS.auditEveryMs);
    for (let entry = 0; entry < 5; entry += 1) record(`later ${entry}`);
    answer.reject(new Error("locked"));
    await clock.advance(1);
    expect(lost()).toBe(5);
    store.addAudit = add;
    const actions = await read();
    expect([actions.length, actions[0], actions.at(-1)]).toEqual([BOUNDS.auditQueueMax, "later 4", "write 5"]);
  });
});
