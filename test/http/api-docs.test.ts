import { readFile } from "node:fs/promises";
import request from "supertest";
import { describe, expect, test } from "vitest";
import { PHASES, CHECK_QUALITIES, VERDICTS } from "../../server/contract/verdict.ts";
import { createRoutes } from "../../server/http/app.ts";
import { findingSchema } from "../../server/http/schemas/finding-schema.ts";
import { incidentSchema } from "../../server/http/schemas/incident-schema.ts";
import { Refusals } from "../../server/telemetry/refusals.ts";
import { createMetrics } from "../../server/telemetry/metrics.ts";
import { FALSE_UP, FakeFleet, makeServerKeys } from "../push/fake-fleet.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { STORE_STATUS } from "../support/sample-store-status.ts";
import { verdictChanged } from "../support/sample-events.ts";
import { parseExposition } from "../telemetry/exposition-parser.ts";
import { createTestApp } from "./test-app.ts";

const docs = await readFile(new URL("../../docs/api.md", import.meta.url), "utf8");

/** The rows of the first table below a heading, as their cells. */
function tableBelow(heading: string): string[][] {
  const lines = docs.slice(docs.indexOf(`\n${heading}\n`) + 1).split("\n");
  const start = lines.findIndex((line) => line.startsWith("| ---"));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 1, end).map((line) => line.split("|").slice(1, -1));
}

/** Everything in backticks in a cell. */
function codeSpans(cell: string | undefined): string[] {
  return [...(cell ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
}

function documentedFields(heading: string): string[] {
  return tableBelow(heading).flatMap((cells) => codeSpans(cells[0]));
}

/** The server object is documented down to the fields of its three sides. */
function fieldsOf(server: Record<string, unknown>): string[] {
  return Object.entries(server).flatMap(([name, value]) =>
    ["haproxy", "probe", "misrouted"].includes(name)
      ? Object.keys(value as object).map((inner) => `${name}.${inner}`)
      : [name],
  );
}

describe("docs/api.md", () => {
  test("has every path that answers, and no other", () => {
    const paths = createRoutes(createTestApp([]).parts).map((route) => route.path.replace(/:(\w+)/g, "{$1}"));
    expect(documentedFields("## REST").sort()).toEqual(paths.sort());
  });

  test("has every field of a server, and no other", async () => {
    const response = await request(createTestApp(makeServerKeys(1)).app).get("/api/v1/servers");
    const [server] = (response.body as { servers: Record<string, unknown>[] }).servers;
    expect(documentedFields("## The server object").sort()).toEqual(fieldsOf(server ?? {}).sort());
  });

  test.each([
    ["### Status", "status", (body: Record<string, unknown>) => body],
    ["### Summary", "status", (body: Record<string, unknown>) => body["summary"]],
    ["### Instance", "instances", (body: Record<string, unknown>) => (body["instances"] as unknown[])[0]],
  ])("has every field below %s, and no other", async (heading, path, pick) => {
    const response = await request(createTestApp(makeServerKeys(1)).app).get(`/api/v1/${path}`);
    const fields = Object.keys(pick(response.body as Record<string, unknown>) as object);
    expect(documentedFields(heading).sort()).toEqual(fields.sort());
  });

  test.each([
    ["### Finding", findingSchema],
    ["### Incident", incidentSchema],
  ])("has every field below %s, and no other: they are in the schema", (heading, { shape }) => {
    expect(documentedFields(heading).sort()).toEqual(Object.keys(shape).sort());
  });

  test("names the members of both messages and of the lists", async () => {
    const { publisher, fleet, clock, app } = createTestApp(makeServerKeys(1));
    const deltas: object[] = [];
    publisher.subscribe((delta) => deltas.push(delta));
    fleet.set("lb-1/web/s-0", FALSE_UP);
    await clock.advance(100);
    const braces = (message: object): string => `{${Object.keys(message).join(", ")}}`;
    expect(docs).toContain(`\`${braces(publisher.snapshot())}\``);
    expect(docs).toContain(`\`${braces(deltas[0] ?? {})}\``);
    for (const list of ["servers", "instances", "findings", "incidents"]) {
      expect(docs).toContain(`\`${braces((await request(app).get(`/api/v1/${list}`)).body as object)}\``);
    }
  });

  test("names every verdict, phase and quality", () => {
    for (const word of [...VERDICTS, ...PHASES, ...CHECK_QUALITIES]) expect(docs).toContain(`\`${word}\``);
  });

  test("has every metric with its type and labels, and no other", async () => {
    const fleet = new FakeFleet();
    fleet.set("lb-1/web/s-0", FALSE_UP);
    fleet.set("lb-1/web/s-1", { verdict: "unknown", reason: "no-probe-rule" });
    fleet.setInstance("lb-1");
    const subject = { instance: "lb-1", backend: "web", server: null };
    const since = "2026-11-27T03:00:00Z";
    fleet.currentFindings = [{ id: "f", code: "check-blind", subject, sentence: "", advice: "", since, vantages: [] }];
    const metrics = createMetrics({
      perServer: "all",
      about: { version: "1", node: "26.10.0" },
      lostLogLines: () => 0,
      storeStatus: () => STORE_STATUS,
      listenerCertificate: () => ({ expiresAt: 1, error: null }),
      alertStatus: () => ({
        results: [{ channel: "chat", result: "sent", count: 1 }],
        waiting: 0,
        oldestMadeAt: null,
        failing: [],
        heartbeat: { sent: 1, failed: 0, lastSentAt: 1, error: null },
      }),
      refusals: new Refusals({ warn: () => {} }, new FakeClock()),
      readiness: () => ({ isReady: true, late: { polls: [], probes: { targets: 0, lateMs: 0 }, judgeMs: 0 } }),
      clock: new FakeClock(),
    });
    metrics.recordPoll("lb-1", 1, true);
    metrics.recordProbe("passed");
    metrics.recordPhases("lb-1", { connect: 1, tls: 1, answer: 1 });
    metrics.apply(verdictChanged(null, { verdict: "false-up", phase: "confirmed", reason: null }, "lb-1/web/s-0"));
    metrics.recordFault({ part: "sink", name: "log", error: new Error("full") });
    metrics.recordSinkDrop("log");
    const text = await metrics.render(fleet);
    metrics.stop();

    const types = new Map(
      [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => [match[1] ?? "", match[2] ?? ""]),
    );
    const labels = new Map<string, string[]>();
    for (const sample of parseExposition(text)) {
      const family = types.has(sample.name) ? sample.name : sample.name.replace(/_(bucket|sum|count)$/, "");
      labels.set(
        family,
        Object.keys(sample.labels).filter((name) => name !== "le"),
      );
    }
    const line = (name: string | undefined, type: string | undefined, names: string[]): string =>
      `${name} ${type} ${names.sort().join(",")}`;
    const documented = tableBelow("## Metrics").map(([name, type, names]) =>
      line(codeSpans(name)[0], type?.trim(), codeSpans(names)),
    );
    const real = [...types].map(([name, type]) => line(name, type, labels.get(name) ?? []));
    expect(documented.sort()).toEqual(real.sort());
  });
});
