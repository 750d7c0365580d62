import { Validator } from "@seriousme/openapi-schema-validator";
import request from "supertest";
import { describe, expect, test } from "vitest";
import { createRoutes } from "../../server/http/app.ts";
import { makeServerKeys } from "../push/fake-fleet.ts";
import { createTestApp } from "./test-app.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
}

interface Description {
  readonly paths: Readonly<Record<string, { readonly get: { readonly parameters?: readonly Parameter[] } }>>;
}

async function description(): Promise<Description> {
  const response = await request(createTestApp([]).app).get("/openapi.json").expect(200);
  return response.body as Description;
}

describe("/openapi.json", () => {
  test("is valid OpenAPI 3.1", async () => {
    const result = await new Validator().validate((await description()) as never);
    expect(result).toMatchObject({ valid: true });
  });

  test("has every path that answers, and no other", async () => {
    const routes = createRoutes(createTestApp([]).parts).map((route) => route.path.replace(/:(\w+)/g, "{$1}"));
    const described = Object.keys((await description()).paths);
    expect(described.sort()).toEqual(routes.sort());
  });

  test("has the filters of the lists, and any other is refused", async () => {
    const { paths } = await description();
    for (const path of ["/api/v1/servers", "/api/v1/findings", "/api/v1/incidents"]) {
      const known = (paths[path]?.get.parameters ?? []).filter((parameter) => parameter.in === "query");
      const { app } = createTestApp(makeServerKeys(1));
      const refusal = await request(app).get(`${path}?no-such-filter=1`).expect(400);
      for (const { name } of known) expect((refusal.body as { detail: string }).detail).toContain(name);
      expect(known.length).toBeGreaterThan(0);
    }
  });

  test("leaves objects open, since they may get fields", async () => {
    expect(JSON.stringify(await description())).not.toContain('"additionalProperties":false');
  });

  test("leaves out what the dashboard alone uses", async () => {
    expect(JSON.stringify(await description())).not.toContain("columns");
  });
});

test("/api/docs is an index of all paths, from this server alone, without script and style", async () => {
  const { app } = createTestApp([]);
  const page = await request(app).get("/api/docs").expect(200).expect("content-type", "text/html; charset=utf-8");
  for (const path of Object.keys((await description()).paths)) expect(page.text).toContain(`<code>${path}</code>`);
  expect(page.text).not.toMatch(/<script|<style| style=| on\w+=|https?:\/\//i);
  for (const [, target = ""] of page.text.matchAll(/<a href="([^"]+)"/g)) {
    await request(app).get(new URL(target, "http://localhost/api/docs").pathname).expect(200);
  }
});
