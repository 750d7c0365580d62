import { describe, expect, test } from "vitest";
import type { IngestRequest } from "../../server/contract/ingest.ts";
import type { CommitOutcome, WriteBatch } from "../../server/contract/store.ts";
import { HaprobeError } from "../../server/errors.ts";
import { Ingest } from "../../server/hub/ingest.ts";
import { CP_1, position, verdict } from "../store/sample-batches.ts";
import { FakeClock } from "../support/fake-clock.ts";

const SENDER = { site: "default", vantage: "host-a" };

function ingestRequest(fields: Partial<IngestRequest> = {}): IngestRequest {
  return { version: 1, position: position(1, 1), events: [verdict(1)], hasGap: false, ...fields };
}

function createIngest(commit: () => CommitOutcome = () => ({ kind: "applied", seq: 1 })) {
  const batches: WriteBatch[] = [];
  const clock = new FakeClock();
  const store = {
    commit: async (batch: WriteBatch) => {
      batches.push(batch);
      return commit();
    },
  };
  return { ingest: new Ingest({ store, clock, onApplied: () => {} }), batches, clock };
}

describe("a vantage", () => {
  test("appends its own events, with what it says of itself", async () => {
    const { ingest, batches } = createIngest();
    const status = { version: "1", instances: [], isBlind: false };
    expect(await ingest.ingest(ingestRequest({ status }), SENDER)).toEqual({ kind: "applied", seq: 1 });
    expect(batches).toMatchObject([{ source: { vantage: "host-a" }, events: [{ seq: 1 }], status }]);
  });

  const foreign = { name: "lb-9", site: "ams" } as never;
  test.each<[string, Partial<IngestRequest>]>([
    ["under the name of another one", { position: position(1, 1, { vantage: "host-b" }) }],
    ["under another site", { position: position(1, 1, { site: "ams" }) }],
    ["about a server of another site", { events: [verdict(1, { server: { ...CP_1, site: "ams" } })] }],
    [
      "about an instance of another site",
      {
        events: [{ type: "instance-changed", seq: 1, at: 1, site: "ams", instance: "lb-1", epoch: null, error: null }],
      },
    ],
    [
      "a finding about an instance that it does not poll",
      {
        status: { version: "1", instances: [], isBlind: false, findings: [{ subject: { instance: "lb-9" } } as never] },
      },
    ],
    ["a status of another site", { status: { version: "1", instances: [foreign], isBlind: false } }],
  ])("cannot write %s", async (_what, fields) => {
    const { ingest, batches } = createIngest();
    expect(await ingest.ingest(ingestRequest(fields), SENDER)).toMatchObject({ kind: "refused" });
    expect(batches).toEqual([]);
  });

  test("whose name another log took is remembered for a while", async () => {
    const { ingest, clock } = createIngest(() => ({ kind: "superseded" }));
    expect(await ingest.ingest(ingestRequest(), SENDER)).toEqual({ kind: "superseded" });
    expect(ingest.superseded()).toMatchObject([SENDER]);
    await clock.advance(91_000);
    expect(ingest.superseded()).toEqual([]);
  });

  test("is asked to come again while the database is away", async () => {
    const { ingest } = createIngest(() => {
      throw new HaprobeError("HAPROBE_STORE_UNREACHABLE", "connection refused");
    });
    expect(await ingest.ingest(ingestRequest(), SENDER)).toMatchObject({ kind: "later" });
  });
});
