import request from "supertest";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { ANONYMOUS } from "../../server/access/admit.ts";
import type { Incident, IncidentAction } from "../../server/contract/incident.ts";
import { HaprobeError } from "../../server/errors.ts";
import type { AppliedWrite } from "../../server/http/incident-writes.ts";
import { sampleIncident } from "../support/sample-incident.ts";
import { createTestApp, type TestApp } from "./test-app.ts";

const INCIDENT = sampleIncident(0);

interface WriteTest extends TestApp {
  readonly actions: [string, IncidentAction][];
  readonly writes: AppliedWrite[];
  readonly refusals: string[];
  /** An incident that is not in memory, and the error of reading it. */
  readonly archive: { incident: Incident | null; error: Error | null };
  post(path: string, body: unknown): request.Test;
}

/** The app with one incident, whose actions are recorded; `holder` is the name of an operator's token that each request carries. */
function startWriteTest(incident: Incident = INCIDENT, holder: string | null = null): WriteTest {
  const actions: [string, IncidentAction][] = [];
  const writes: AppliedWrite[] = [];
  const refusals: string[] = [];
  const archive: WriteTest["archive"] = { incident: null, error: null };
  const access = createAccessGuard({ listenHost: "127.0.0.1", publicUrl: null, allowedHosts: [] });
  const testApp = createTestApp([], {
    access: {
      ...access,
      admit: async (asked, scope) =>
        holder === null
          ? access.admit(asked, scope)
          : { ok: true, principal: { ...ANONYMOUS, name: holder, role: "operator" }, isHeld: () => true },
    },
    actions: {
      async applyAction(id, action) {
        actions.push([id, action]);
        return id === incident.id ? incident : null;
      },
    },
    archive: {
      list: async () => [],
      async find(id) {
        if (archive.error !== null) throw archive.error;
        return archive.incident?.id === id ? archive.incident : null;
      },
    },
    onWrite: (write) => writes.push(write),
    onWriteRefused: (_request, detail) => refusals.push(detail),
  });
  if (incident.id === INCIDENT.id) testApp.fleet.currentIncidents = [incident];
  const post = (path: string, body: unknown): request.Test =>
    request(testApp.app)
      .post(`/api/v1/incidents/${path}`)
      .set("content-type", "application/json")
      .send(JSON.stringify(body));
  return { ...testApp, actions, writes, refusals, archive, post };
}

describe("a write to an incident", () => {
  test.each<[string, object, IncidentAction]>([
    ["acknowledge", { name: "Ada", note: "on it" }, { kind: "acknowledged", name: "Ada", text: "on it" }],
    ["acknowledge", { name: " Ada " }, { kind: "acknowledged", name: "Ada", text: "" }],
    ["notes", { name: "Ada", note: "a\nb" }, { kind: "noted", name: "Ada", text: "a\nb" }],
    ["notes", { name: "Ada", note: "\u001b[2J" }, { kind: "noted", name: "Ada", text: "\\u001b[2J" }],
    ["expected", { name: "Ada", why: "rebuilt" }, { kind: "marked-expected", name: "Ada", why: "rebuilt" }],
    ["expected", { name: "Ada", why: null }, { kind: "marked-expected", name: "Ada", why: null }],
  ])("%s %o is applied, recorded and answered with the incident", async (path, body, action) => {
    const { post, actions, writes } = startWriteTest();
    const response = await post(`${INCIDENT.id}/${path}`, body).expect(200);
    expect(response.body).toEqual(INCIDENT);
    expect(actions).toEqual([[INCIDENT.id, action]]);
    expect(writes).toMatchObject([{ incident: INCIDENT.id, action, token: null }]);
  });

  test.each([
    ["acknowledge", {}, "name"],
    ["acknowledge", { name: "" }, "name"],
    ["acknowledge", { name: "A\u202eda" }, "name"],
    ["acknowledge", { name: "x".repeat(BOUNDS.incidentNameChars + 1) }, "name"],
    ["acknowledge", { name: "Ada", note: "x".repeat(BOUNDS.incidentNoteChars + 1) }, "note"],
    ["acknowledge", { name: "Ada", text: "on it" }, "text is not a field; those are name, note"],
    ["notes", { name: "Ada", note: " " }, "note"],
    ["expected", { name: "Ada" }, "why"],
    ["expected", [], "body"],
    ["acknowledge", null, ""],
  ])("%s %j is refused with 400", async (path, body, detail) => {
    const { post, actions, writes } = startWriteTest();
    const response = await post(`${INCIDENT.id}/${path}`, body).expect(400);
    expect((response.body as { detail: string }).detail).toContain(detail);
    expect([actions, writes]).toEqual([[], []]);
  });

  test("has the name of its token where it gives none, and the log has both", async () => {
    const { post, writes } = startWriteTest(INCIDENT, "ci");
    await post(`${INCIDENT.id}/acknowledge`, {}).expect(200);
    await post(`${INCIDENT.id}/acknowledge`, { name: "Ada" }).expect(200);
    expect(writes.map(({ action, token }) => [action.name, token])).toEqual([
      ["ci", "ci"],
      ["Ada", "ci"],
    ]);
  });

  test("reaches an incident that only the archive has, and is 503 while that cannot be read", async () => {
    const ended: Incident = { ...INCIDENT, id: "ended", state: "ended" };
    const { post, actions, archive, internalErrors } = startWriteTest(ended);
    archive.incident = ended;
    await post("ended/notes", { name: "Ada", note: "was the disk" }).expect(200);
    expect(actions).toHaveLength(1);
    archive.error = new HaprobeError("HAPROBE_STORE_BEHIND", "the store did not answer");
    await post("ended/notes", { name: "Ada", note: "was the disk" }).expect(503);
    archive.error = new TypeError("no");
    await post("ended/notes", { name: "Ada", note: "was the disk" }).expect(500);
    expect(internalErrors).toEqual([archive.error]);
  });

  test("to an unknown incident is 404, and is not in the log", async () => {
    const { post, writes } = startWriteTest();
    await post("other/acknowledge", { name: "Ada" }).expect(404);
    expect(writes).toEqual([]);
  });

  test("is refused with 409 as a note too many", async () => {
    const notes = Array.from({ length: BOUNDS.incidentNotesMax }, () => ({ at: "", name: "Ada", text: "x" }));
    const { post, actions } = startWriteTest({ ...INCIDENT, notes });
    await post(`${INCIDENT.id}/notes`, { name: "Ada", note: "one more" }).expect(409);
    expect(actions).toEqual([]);
  });

  test("from another site or through a proxy is refused, and the log has it", async () => {
    const { post, actions, refusals } = startWriteTest();
    await post(`${INCIDENT.id}/acknowledge`, { name: "Ada" }).set("origin", "http://evil.example").expect(403);
    await post(`${INCIDENT.id}/acknowledge`, { name: "Ada" }).set("x-forwarded-for", "192.0.2.1").expect(403);
    await post(`${INCIDENT.id}/acknowledge`, { name: "Ada" }).set("x-real-ip", "192.0.2.1").expect(403);
    await post(`${INCIDENT.id}/acknowledge`, { name: "Ada" }).set("via", "1.1 proxy").expect(403);
    expect(refusals).toHaveLength(4);
    expect(actions).toEqual([]);
  });

  test("is a POST: another method is 405", async () => {
    const { app } = startWriteTest();
    const response = await request(app).get(`/api/v1/incidents/${INCIDENT.id}/notes`).expect(405);
    expect(response.headers["allow"]).toBe("POST");
  });
});
