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
  test("is OpenAPI 3.1 by the letter", async () => {
    const result = await new Validator().validate((await description()) as never);
    expect(result).toMatchObject({ valid: true });
  });

  test("has every path that answers, but the style of its own page, and no other", async () => {
    const routes = createRoutes(createTestApp([]).parts).map((route) => route.path.replace(/:(\w+)/g, "{$1}"));
    const described = Object.keys((await description()).paths);
    expect(described.sort()).toEqual(routes.filter((path) => path !== "/api/docs.css").sort());
  });

  test("knows the filters that the lists know: each is taken, and any other is refused", async () => {
    const { paths } = await description();
    for (const path of ["/api/v1/servers", "/api/v1/findings", "/api/v1/incidents"]) {
      const known = (paths[path]?.get.parameters ?? []).filter((parameter) => parameter.in === "query");
      const { app } = createTestApp(makeServerKeys(1));
      const complaint = await request(app).get(`${path}?no-such-filter=1`).expect(400);
      for (const { name } of known) expect((complaint.body as { detail: string }).detail).toContain(name);
      expect(known.length).toBeGreaterThan(0);
    }
  });

  test("promises no more than the contract: objects may get fields", async () => {
    expect(JSON.stringify(await description())).not.toContain('"additionalProperties":false');
  });
});

describe("/api/docs", () => {
  test("is a page of all paths and objects that asks nobody but us, without script and inline style", async () => {
    const { app } = createTestApp([]);
    const page = await request(app).get("/api/docs").expect(200).expect("content-type", "text/html; charset=utf-8");
    const { paths } = await description();
    for (const path of Object.keys(paths)) expect(page.text).toContain(`<code>${path}</code>`);
    for (const word of ["false-up", "agree-up", "probe-answered-unhealthy", "ServersAnswer"]) {
      expect(page.text).toContain(word);
    }
    expect(withoutExamples(page.text)).not.toMatch(/<script|<style| style=| on\w+=|https?:\/\//i);
    const style = await request(app).get("/api/docs.css").expect(200).expect("content-type", "text/css; charset=utf-8");
    expect(style.text).not.toMatch(/url\(|@import/);
  });

  test("has no link that leads nowhere, within the page or out of it", async () => {
    const { app } = createTestApp([]);
    const { text } = await request(app).get("/api/docs");
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]));
    const targets = [...text.matchAll(/ href="([^"]+)"/g)].map((match) => match[1] ?? "");
    expect(targets.length).toBeGreaterThan(20);
    for (const target of new Set(targets)) {
      if (target === "data:,") continue;
      if (target.startsWith("#")) expect(ids, target).toContain(target.slice(1));
      else await request(app).get(new URL(target, "http://localhost/api/docs").pathname).expect(200);
    }
  });
});

/** Examples show addresses of servers, which nobody asks for. */
function withoutExamples(page: string): string {
  return page.replace(/<pre>.*?<\/pre>/gs, "");
}
