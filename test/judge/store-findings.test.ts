import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { createStoreFindings } from "../../server/judge/store-findings.ts";
import { STORE_STATUS } from "../support/sample-store-status.ts";

test("a store that keeps up has no finding", () => {
  expect(createStoreFindings({ ...STORE_STATUS, behindMs: BOUNDS.storeBehindAfterMs - 1 }, null)).toEqual([]);
});

test("a store that is behind is one, with what waits and why", () => {
  const status = { ...STORE_STATUS, behindMs: BOUNDS.storeBehindAfterMs, error: "disk full" };
  expect(createStoreFindings({ ...status, queued: { event: 12, incident: 2, message: 1 } }, null)).toMatchObject([
    { code: "store-behind", sentence: "12 changes, 2 incidents and 1 messages wait for the store: disk full" },
  ]);
});

test("a name that another haprobe has taken in the database is one at once, whatever waits", () => {
  const status = { ...STORE_STATUS, isSuperseded: true, error: "another haprobe writes as host-a" };
  expect(createStoreFindings(status, null)).toMatchObject([
    { code: "vantage-name-shared", sentence: "The database takes nothing: another haprobe writes as host-a" },
  ]);
});

test("a store that is not open is another, with its cure", () => {
  const away = { message: "/var/lib/haprobe is read-only", remedy: "Remount it." };
  expect(createStoreFindings({ ...STORE_STATUS, behindMs: 60_000 }, away)).toMatchObject([
    {
      code: "store-unavailable",
      sentence: "Nothing outlives a restart: /var/lib/haprobe is read-only",
      advice: expect.stringContaining("Remount it."),
    },
  ]);
});
