import { createDocument, type ZodOpenApiOperationObject } from "zod-openapi";
import { OPERATIONS } from "./operations.ts";
import { relaxJsonSchema } from "./schemas/relax-json-schema.ts";

export type OpenApi = ReturnType<typeof createDocument>;

/** The API as OpenAPI 3.1; `version` is haprobe's own. */
export function openApiDocument(version: string): OpenApi {
  const paths = Object.entries<ZodOpenApiOperationObject>(OPERATIONS).map(
    ([path, operation]) => [path, { [isWrite(operation) ? "post" : "get"]: operation }] as const,
  );
  return createDocument(
    {
      openapi: "3.1.1",
      info: {
        title: "haprobe",
        version,
        description:
          "What HAProxy says of every server and what haprobe's own probes found. It changes nothing in HAProxy; people can acknowledge its incidents. Within version 1 fields and words may be added, never renamed.",
        license: { name: "MIT", identifier: "MIT" },
      },
      // Relative to this document, for a reverse proxy with a path prefix.
      servers: [{ url: "./" }],
      paths: Object.fromEntries(paths),
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    },
    { override: relaxJsonSchema },
  );
}

function isWrite(operation: ZodOpenApiOperationObject): boolean {
  return operation.requestBody !== undefined;
}
