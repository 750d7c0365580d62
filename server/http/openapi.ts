import { createDocument } from "zod-openapi";
import { OPERATIONS } from "./operations.ts";
import { relaxJsonSchema } from "./schemas/relax-json-schema.ts";

export type OpenApi = ReturnType<typeof createDocument>;

/** The API as OpenAPI 3.1; `version` is haprobe's own. */
export function openApiDocument(version: string): OpenApi {
  const paths = Object.entries(OPERATIONS).map(([path, get]) => [path, { get }] as const);
  return createDocument(
    {
      openapi: "3.1.1",
      info: {
        title: "haprobe",
        version,
        description:
          "What HAProxy believes of every server and what haprobe found out itself. Everything can only be read. Within version 1 fields and words may be added, never renamed.",
        license: { name: "MIT", identifier: "MIT" },
      },
      // Relative to this document, so that it holds below a proxy's sub-path as well.
      servers: [{ url: "./" }],
      paths: Object.fromEntries(paths),
    },
    { override: relaxJsonSchema },
  );
}
