import type { Request, Response } from "express";
import type { BodySender } from "./body-sender.ts";
import { renderDocsPage } from "./docs-page.ts";
import type { Route } from "./route.ts";

/** The API's description. Each document is made at its first request, since its schemas take megabytes of memory. */
export function descriptionRoutes(version: string, sender: BodySender): readonly Route[] {
  const api = memoizeUntilFailure(async () => (await import("./openapi.ts")).openApiDocument(version));
  const stream = async () => (await import("./schemas/stream-schema.ts")).streamJsonSchema();
  return [
    createStaticRoute(sender, "/openapi.json", "application/json", async () => JSON.stringify(await api())),
    createStaticRoute(sender, "/api/v1/stream.schema.json", "application/schema+json", async () =>
      JSON.stringify(await stream()),
    ),
    createStaticRoute(sender, "/api/docs", "text/html; charset=utf-8", async () => renderDocsPage(await api())),
  ];
}

/** A document that stays the same while the process runs. */
function createStaticRoute(sender: BodySender, path: string, type: string, make: () => Promise<string>): Route {
  const body = memoizeUntilFailure(async () => Buffer.from(await make()));
  return {
    path,
    scope: "public",
    async handle(request: Request, response: Response) {
      const bytes = await body();
      response.set({ "content-type": type, "cache-control": "no-cache" });
      return sender.sendShared(request, response, bytes);
    },
  };
}

/** Keeps the first result; after a failure the next call tries again. */
function memoizeUntilFailure<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  const forget = (error: unknown): never => {
    made = null;
    throw error;
  };
  return () => (made ??= make().catch(forget));
}
