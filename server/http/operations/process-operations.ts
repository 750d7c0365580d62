import { z } from "zod";
import type { ZodOpenApiOperationObject } from "zod-openapi";
import { emptyBody } from "../alert-routes.ts";
import { configResponseSchema } from "../schemas/config-schema.ts";
import { EXAMPLES } from "../schemas/examples.ts";
import { json, problemResponse, text } from "./responses.ts";

/** The configuration, the streams and the process itself. */
export const PROCESS_OPERATIONS = {
  "/api/v1/config": {
    operationId: "getConfig",
    summary: "The configuration in force, without secrets, and why a newer one was refused",
    responses: {
      "200": json("The configuration.", configResponseSchema, EXAMPLES.config),
      default: problemResponse("Refused."),
    },
  },
  "/api/v1/ingest": {
    operationId: "ingest",
    summary: "Appends a part of the log of a vantage, once",
    description: "For haprobes that name this one as their hub; the body is packed with gzip, br or zstd.",
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: z.object({
            version: z.literal(1),
            position: z.looseObject({ firstSeq: z.int(), lastSeq: z.int() }),
            events: z.array(z.looseObject({ seq: z.int(), type: z.string() })),
            hasGap: z.boolean(),
          }),
        },
      },
    },
    responses: {
      "200": json("Everything up to this number is stored.", z.object({ seq: z.int() }), { seq: 42 }),
      "400": problemResponse("The body is not what a vantage sends."),
      "403": problemResponse("The token is for another vantage."),
      "409": problemResponse("The log goes on at `expectedSeq`, or is `superseded`."),
      "413": problemResponse("Too large."),
      "429": problemResponse("The vantage has a request under way."),
      "503": problemResponse("Not now: see `Retry-After`."),
      default: problemResponse("Refused."),
    },
  },
  "/api/v1/config/reload": {
    operationId: "reloadConfig",
    summary: "Read the configuration again, as on SIGHUP",
    security: [{}, { token: [] }],
    requestBody: { required: true, content: { "application/json": { schema: emptyBody } } },
    responses: {
      "200": json(
        "The configuration in force then; `refused` says what is wrong with a newer one.",
        configResponseSchema,
        EXAMPLES.config,
      ),
      default: problemResponse("Refused."),
    },
  },
  "/api/v1/stream": {
    operationId: "openStream",
    summary: "WebSocket: a snapshot, then deltas",
    description: "Subprotocol `haprobe.v1`. Its messages are described by `/api/v1/stream.schema.json`.",
    requestParams: {
      query: z.object({
        problems: z.enum(["0", "1"]).optional().meta({ description: "`1`: only servers with a mismatch." }),
        instance: z.array(z.string().min(1)).optional().meta({ description: "Only these instances." }),
      }),
    },
    responses: {
      "101": { description: "The stream begins." },
      "426": problemResponse("This is a WebSocket."),
      default: problemResponse("Refused."),
    },
  },
  "/api/v1/stream.schema.json": {
    operationId: "getStreamSchema",
    summary: "JSON Schema of the stream's messages",
    responses: { "200": { description: "JSON Schema 2020-12.", content: { "application/schema+json": {} } } },
  },
  "/openapi.json": {
    operationId: "getDescription",
    summary: "This description",
    responses: { "200": { description: "OpenAPI 3.1.", content: { "application/json": {} } } },
  },
  "/api/docs": {
    operationId: "readDescription",
    summary: "An index of the paths, as HTML",
    responses: { "200": { description: "The index.", content: { "text/html": {} } } },
  },
  "/livez": {
    operationId: "isAlive",
    summary: "`ok` while the process runs",
    responses: { "200": text("The process runs.") },
  },
  "/readyz": {
    operationId: "isReady",
    summary: "Whether haprobe is ready, with a line for each reason",
    responses: { "200": text("Ready."), "503": text("Not ready: lines with `[-]` say why.") },
  },
  "/metrics": {
    operationId: "getMetrics",
    summary: "Prometheus text format",
    responses: { "200": text("All metrics.") },
  },
} as const satisfies Readonly<Record<string, ZodOpenApiOperationObject>>;
