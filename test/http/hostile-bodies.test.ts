import request from "supertest";
import { describe, expect, test } from "vitest";
import type { AccessGuard } from "../../server/access/access-guard.ts";
import { ANONYMOUS } from "../../server/access/admit.ts";
import { FULL_VISIBILITY } from "../../server/access/visibility.ts";
import { createRoutes } from "../../server/http/app.ts";
import { createTestApp } from "./test-app.ts";

const allowed = { ok: true } as const;
const access: AccessGuard = {
  checkHost: () => allowed,
  checkOrigin: () => allowed,
  checkWrite: () => allowed,
  admit: async () => ({
    ok: true,
    principal: { ...ANONYMOUS, vantage: { site: "default", vantage: "host-a" } },
    isHeld: () => true,
  }),
  describeSender: () => Promise.reject(new Error("not asked")),
  visibilityOf: () => FULL_VISIBILITY,
  dependsOnSender: true,
};

/** An app that admits every write, and what reached the parts behind it. */
function createOpenApp() {
  const reached: string[] = [];
  const reach =
    <T>(what: string, result: T) =>
    async (): Promise<T> => {
      reached.push(what);
      return result;
    };
  const made = createTestApp([], {
    access,
    ingest: { ingest: reach("ingest", { kind: "applied", seq: 1 } as const) },
    actions: { applyAction: reach("incident", null) },
    config: {
      reload: reach("reload", undefined),
      status: () => ({ text: "", loadedAt: "2026-11-22T09:00:00.000Z", needsRestart: [], refused: null }),
    },
  });
  return { ...made, reached };
}

const writes = createRoutes(createOpenApp().parts)
  .filter(({ method }) => method === "post")
  .map(({ path }) => path.replace(/:\w+/g, "x"));

const DEEP = 10_000;
const HOSTILE: readonly (readonly [what: string, body: string])[] = [
  ["10,000 nested lists", "[".repeat(DEEP) + "]".repeat(DEEP)],
  ["10,000 nested objects", `${'{"name":'.repeat(DEEP)}1${"}".repeat(DEEP)}`],
  ["10,000 nested lists in a field", `{"name":${"[".repeat(DEEP)}${"]".repeat(DEEP)}}`],
  ["lists that do not end", "[".repeat(DEEP)],
  ["__proto__", '{"__proto__":{"role":"admin","isAdmin":true},"name":1}'],
  ["constructor.prototype", '{"constructor":{"prototype":{"isAdmin":true}}}'],
  ["a key twice, each of another type", '{"name":"ana","name":{"name":"ana"},"position":{},"position":[]}'],
  ["a number beyond all", '{"name":1e400,"seconds":1e400,"version":-1e400}'],
  ["a number with 10,000 digits", `{"version":${"9".repeat(DEEP)}}`],
  ["a lone surrogate and a NUL for a key", '{"\\ud800":1,"\\u0000":2}'],
  ["5,000 keys", `{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":0`).join()}}`],
  ["no object", '"text"'],
  ["a byte that is no UTF-8", '{"name":"\xff\xfe"}'],
];

describe.each(writes)("POST %s", (path) => {
  test("refuses a field that it does not know, beside those that it needs", async () => {
    const { app } = createOpenApp();
    const fields = { name: "ana", note: "n", why: "w", password: "p", seconds: 60, reason: "r", match: {} };
    const { text } = await request(app)
      .post(path)
      .send({ ...fields, more: 1 })
      .expect(400);
    expect(text).toMatch(/is not a field|version|name|reason|match/);
  });

  test.each(HOSTILE)("refuses %s, and nothing is reached", async (_what, body) => {
    const { app, internalErrors, reached } = createOpenApp();
    const response = await request(app)
      .post(path)
      .set("content-type", "application/json")
      .serialize((value) => value as unknown as string)
      .send(Buffer.from(body, "latin1") as unknown as string);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(response.headers["content-type"]).toContain("application/problem+json");
    expect(response.text.length).toBeLessThan(2_000);
    expect(internalErrors).toEqual([]);
    expect(reached).toEqual([]);
    expect({}).not.toHaveProperty("isAdmin");
  });
});
