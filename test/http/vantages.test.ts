import request from "supertest";
import { expect, test } from "vitest";
import type { HubReader } from "../../server/contract/ports.ts";
import type { VantageReport } from "../../server/contract/vantage.ts";
import { createTestApp } from "./test-app.ts";

function report(vantage: string, instances: readonly string[]): VantageReport {
  const heardAt = "2026-11-22T10:00:00.000Z";
  const numbers = { skewMs: 0, seq: 3, behind: 0 };
  return { site: "fra", vantage, own: false, state: "ok", version: "1.2.3", heardAt, ...numbers, instances };
}

test("has the vantages of a hub; a haprobe that is none has none", async () => {
  const vantages = [report("host-a", ["lb-1"])];
  const hub: HubReader = { vantages: () => vantages, storedName: () => null };
  const answer = await request(createTestApp([], { hub }).app).get("/api/v1/vantages").expect(200);
  expect(answer.body).toEqual({ version: 1, vantages, next: null });
  const alone = await request(createTestApp([]).app).get("/api/v1/vantages").expect(200);
  expect(alone.body.vantages).toEqual([]);
});
