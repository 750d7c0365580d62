import { type DisposableTempDir, mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import type { Incident } from "../../server/contract/incident.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { OPERATIONS } from "../../server/http/operations.ts";
import { EXAMPLES } from "../../server/http/schemas/examples.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { type ControlPlane, startControlPlane, waitForVerdicts } from "./control-plane.ts";

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly example?: string | number | readonly string[];
}

interface Description {
  readonly paths: Readonly<Record<string, { readonly get?: Operation; readonly post?: Operation }>>;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >;
}

const isInstalled = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;
const [HAS_CURL, HAS_SOCAT] = [isInstalled("curl"), isInstalled("socat")];

/** What a command prints in a shell; it may not block, since this process answers it. */
async function runInShell(command: string | null): Promise<string> {
  return (await promisify(execFile)("sh", ["-c", command ?? ""])).stdout;
}

let plane: ControlPlane;
let haprobe: HaprobeProcess;
let data: DisposableTempDir;
let recorded: readonly unknown[];
beforeAll(async () => {
  plane = await startControlPlane();
  data = await mkdtempDisposable(join(tmpdir(), "haprobe-data-"));
  haprobe = await startHaprobe([...plane.args, "--data-dir", data.path]);
  recorded = await waitForVerdicts(haprobe.url, { "cp-1": "agree-up", "cp-2": "false-up confirmed" });
});
afterAll(async () => {
  await haprobe?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
  await data?.remove();
});

/** A validator for JSON Schema 2020-12 that knows the objects of the description. */
function ajvOf(document: object): Ajv2020 {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  return ajv.addSchema(document, "openapi.json");
}

/** The URLs of an operation's examples: without optional parameters, and with each of them. */
function exampleUrls(path: string, { parameters = [] }: Operation): string[] {
  let filled = path;
  const queries: string[] = [];
  for (const { in: place, name, example } of parameters) {
    if (example === undefined) continue;
    if (place === "path") filled = filled.replace(`{${name}}`, encodeURIComponent(String(example)));
    if (place === "query")
      queries.push(
        `?${[example]
          .flat()
          .map((value) => `${name}=${encodeURIComponent(String(value))}`)
          .join("&")}`,
      );
  }
  return (path === "/api/v1/server" ? queries : ["", ...queries]).map((query) => filled + query);
}

describe("a real haprobe that polls a real HAProxy", () => {
  // The stream has no response body, writes and redirects are asked by tests of their own, and ids are new in each run.
  const withId = Object.entries(OPERATIONS)
    .filter(([path, operation]) => path.includes("/{id}") || "requestBody" in operation || path.startsWith("/oidc/"))
    .map(([path]) => path);
  const noExample = ["/api/v1/stream", ...withId];
  test.each(Object.keys(OPERATIONS).filter((path) => !noExample.includes(path)))(
    "answers %s as its description says, asked as its examples show",
    async (path) => {
      const document = (await (await fetch(`${haprobe.url}/openapi.json`)).json()) as Description;
      const ajv = ajvOf(document);
      const operation = document.paths[path]?.get ?? { responses: {} };
      for (const url of exampleUrls(path, operation)) {
        const answer = await fetch(haprobe.url + url);
        expect(answer.status, url).toBe(200);
        const type = answer.headers.get("content-type")?.split(";")[0] ?? "";
        expect(Object.keys(operation.responses["200"]?.content ?? {}), url).toContain(type);
        const pointer = ["paths", path, "get", "responses", "200", "content", type, "schema"];
        if (type !== "application/json" || path === "/openapi.json") continue;
        const ref = pointer
          .map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")))
          .join("/");
        const validate = ajv.compile({ $ref: `openapi.json#/${ref}` });
        expect(validate(await answer.json()), `${url}: ${JSON.stringify(validate.errors)}`).toBe(true);
      }
    },
  );

  test("answers for the server of the examples as the examples do, except for times, counts and addresses", async () => {
    const text = await (await fetch(`${haprobe.url}/api/v1/server?key=${EXAMPLES.server.key}`)).text();
    const { address: realAddress } = JSON.parse(text) as { address: string };
    const answer = JSON.parse(text.replaceAll(realAddress, EXAMPLES.server.address ?? "")) as Record<string, object>;
    const {
      address: _address,
      subject: _subject,
      since: _since,
      haproxy,
      probe,
      misrouted,
      ...constant
    } = EXAMPLES.server;
    expect(answer).toMatchObject({ ...constant, probe: { failing: probe.failing, detail: probe.detail } });
    for (const [name, side] of Object.entries({ haproxy, probe, misrouted })) {
      expect(Object.keys(answer[name] ?? {})).toEqual(Object.keys(side));
    }
    expect(Object.keys(answer)).toEqual(Object.keys(EXAMPLES.server));
  });

  test("has one incident for the false-up, also by its id", async () => {
    const ajv = ajvOf((await (await fetch(`${haprobe.url}/openapi.json`)).json()) as Description);
    const validate = ajv.compile({ $ref: "openapi.json#/components/schemas/Incident" });
    const list = (await (await fetch(`${haprobe.url}/api/v1/incidents?open=true`)).json()) as { incidents: Incident[] };
    expect(list.incidents).toMatchObject([{ verdict: "false-up", members: [{ key: "lb-1/k8s-api/cp-2" }] }]);
    const one = (await (await fetch(`${haprobe.url}/api/v1/incidents/${list.incidents[0]?.id}`)).json()) as Incident;
    expect(validate(one), JSON.stringify(validate.errors)).toBe(true);
    expect(one).toMatchObject({ id: list.incidents[0]?.id, subject: list.incidents[0]?.subject });
  });

  test("keeps commands in it that repeat what both sides said", async () => {
    const list = (await (await fetch(`${haprobe.url}/api/v1/incidents`)).json()) as { incidents: Incident[] };
    const { row, curl, socat } = list.incidents[0]?.evidence ?? { row: [], curl: null, socat: null };
    expect(row.find(({ name }) => name === "check_status")).toEqual({ name: "check_status", value: "L4OK" });
    if (HAS_CURL) expect(await runInShell(curl)).toMatch(/^HTTP\/1.1 500 [^]*\[-\]etcd failed/);
    if (HAS_SOCAT) expect(await runInShell(socat)).toMatch(/^# pxname,svname,.*\nk8s-api,cp-2,.*,L4OK,.*\n$/);
  });

  test.each([
    ["acknowledge", { name: "Ada", note: "on it" }, { acknowledgement: { name: "Ada", text: "on it" } }],
    ["notes", { name: "Ada", note: "a full disk" }, { notes: [{ name: "Ada", text: "a full disk" }] }],
    ["expected", { name: "Ada", why: "being rebuilt" }, { expected: { name: "Ada", text: "being rebuilt" } }],
  ])("takes a write to it, and has a line about it in the log: %s", async (action, body, expected) => {
    const description = (await (await fetch(`${haprobe.url}/openapi.json`)).json()) as Description;
    const validate = ajvOf(description).compile({ $ref: "openapi.json#/components/schemas/Incident" });
    const list = (await (await fetch(`${haprobe.url}/api/v1/incidents?open=true`)).json()) as { incidents: Incident[] };
    expect(description.paths[`/api/v1/incidents/{id}/${action}`]?.post?.responses["200"]).toBeDefined();
    const id = list.incidents[0]?.id ?? "";
    const answer = await fetch(`${haprobe.url}/api/v1/incidents/${id}/${action}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    const incident = (await answer.json()) as Incident;
    expect(validate(incident), JSON.stringify(validate.errors)).toBe(true);
    expect(incident).toMatchObject({ id, ...expected });
    const row = (await (await fetch(`${haprobe.url}/api/v1/server?key=lb-1/k8s-api/cp-2`)).json()) as ServerStatus;
    expect(row.expected).toBe(action === "expected" ? "being rebuilt" : null);
    expect(await (await fetch(`${haprobe.url}/api/v1/incidents/${id}`)).json()).toMatchObject(expected);
    const line = haprobe
      .log()
      .split("\n")
      .find((each) => each.includes('"incident-written"') && each.includes("Ada"));
    expect(line).toContain(id);
  });

  test("sends only messages that fit /api/v1/stream.schema.json", async () => {
    const schema = (await (await fetch(`${haprobe.url}/api/v1/stream.schema.json`)).json()) as object;
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const validate = ajv.compile(schema);
    expect(recorded.map((message) => (message as { type: string }).type)).toContain("delta");
    for (const message of recorded) expect(validate(message), JSON.stringify(validate.errors)).toBe(true);
  });

  test("refuses a bad request with the documented problem details", async () => {
    const ajv = ajvOf((await (await fetch(`${haprobe.url}/openapi.json`)).json()) as Description);
    const validate = ajv.compile({ $ref: "openapi.json#/components/schemas/Problem" });
    for (const [path, init, status] of [
      ["/api/v1/nothing", {}, 404],
      ["/api/v1/servers", { method: "DELETE", headers: { "content-type": "application/json" } }, 405],
      ["/api/v1/servers", { method: "POST", body: "a=b" }, 415],
      [
        "/api/v1/servers",
        { method: "POST", body: "x".repeat(70_000), headers: { "content-type": "application/json" } },
        413,
      ],
      ["/api/v1/servers?colour=red", {}, 400],
      ["/api/v1/stream", {}, 426],
    ] as const) {
      const answer = await fetch(haprobe.url + path, init);
      expect(answer.status).toBe(status);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(validate(await answer.json())).toBe(true);
    }
  });
});
