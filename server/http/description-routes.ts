import type { Request, Response } from "express";
import { sendCompressed } from "./compression.ts";
import { docsPage } from "./docs-page.ts";
import { DOCS_STYLE } from "./docs-style.ts";
import { openApiDocument } from "./openapi.ts";
import type { Route } from "./route.ts";
import { streamJsonSchema } from "./schemas/stream-schema.ts";

/** What describes the API: for programs, and as a page that asks nobody else. Made when first asked for. */
export function descriptionRoutes(version: string): readonly Route[] {
  const api = once(() => openApiDocument(version));
  return [
    fixed("/openapi.json", "application/json", () => JSON.stringify(api())),
    fixed("/api/v1/stream.schema.json", "application/schema+json", () => JSON.stringify(streamJsonSchema())),
    fixed("/api/docs", "text/html; charset=utf-8", () => docsPage(api())),
    fixed("/api/docs.css", "text/css; charset=utf-8", () => DOCS_STYLE),
  ];
}

/** The same for everybody as long as this process runs. */
function fixed(path: string, type: string, make: () => string): Route {
  const body = once(() => Buffer.from(make()));
  return {
    path,
    answer(request: Request, response: Response) {
      response.set({ "content-type": type, "cache-control": "no-cache" });
      return sendCompressed(request, response, body());
    },
  };
}

function once<T extends object>(make: () => T): () => T {
  let made: T | null = null;
  return () => (made ??= make());
}
