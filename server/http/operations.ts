import { z } from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from "zod-openapi";
import { PROBLEM_CONTENT_TYPE } from "../access/problem-details.ts";
import { acknowledgeBody, expectedBody, noteBody } from "./incident-bodies.ts";
import { findingsQuery, incidentsQuery, serverQuery, serversQuery } from "./query-schemas.ts";
import {
  findingsResponseSchema,
  incidentsResponseSchema,
  instancesResponseSchema,
  serversResponseSchema,
  statusResponseSchema,
} from "./schemas/response-schemas.ts";
import { EXAMPLES } from "./schemas/examples.ts";
import { incidentSchema } from "./schemas/incident-schema.ts";
import { problemSchema } from "./schemas/problem-schema.ts";
import { serverStatusSchema } from "./schemas/server-schema.ts";

const ifNoneMatch = z.object({
  "if-none-match": z.string().optional().meta({ description: "The `ETag` of an earlier response." }),
});

const oneServer = {
  "200": json("The server's current state.", serverStatusSchema, EXAMPLES.server),
  "404": problemResponse("There is no such server.", EXAMPLES.noSuchServer),
  default: problemResponse("Anything else."),
};

/** The operations by path, in OpenAPI's notation: GET and HEAD, or POST for those with a body. */
export const OPERATIONS = {
  "/api/v1/status": {
    operationId: "getStatus",
    summary: "Identity and readiness of this process, summary of the fleet",
    responses: {
      "200": json("Status of this process.", statusResponseSchema, EXAMPLES.status),
      default: problemResponse("Refused."),
    },
  },
  "/api/v1/instances": {
    operationId: "listInstances",
    summary: "The polled HAProxies",
    responses: {
      "200": json("All.", instancesResponseSchema, EXAMPLES.instances),
      default: problemResponse("Refused."),
    },
  },
  "/api/v1/servers": {
    operationId: "listServers",
    summary: "All servers, or those that match",
    description:
      "The published state. Several values of one filter are alternatives, several filters must all match. `instances` and `summary` are always those of the whole fleet.",
    requestParams: {
      header: ifNoneMatch,
      // `form` is the dashboard's own and may change.
      query: serversQuery.omit({ form: true }),
    },
    responses: {
      "200": json("The list, with an `ETag` made of epoch and seq.", serversResponseSchema, EXAMPLES.servers),
      "304": { description: "No change was published since the response that `If-None-Match` names." },
      "400": problemResponse("An unknown filter or value."),
      default: problemResponse("Anything else."),
    },
  },
  "/api/v1/servers/{instance}/{backend}/{server}": {
    operationId: "getServer",
    summary: "One server",
    requestParams: {
      path: z.object({
        instance: z.string().meta({ param: { example: "lb-1" } }),
        backend: z.string().meta({ description: "Percent-encoded: `a/b` is `a%2Fb`.", param: { example: "k8s-api" } }),
        server: z.string().meta({ param: { example: "cp-2" } }),
      }),
    },
    responses: oneServer,
  },
  "/api/v1/server": {
    operationId: "getServerByKey",
    summary: "One server, by its key",
    requestParams: {
      query: serverQuery,
    },
    responses: { ...oneServer, "400": problemResponse("No key, or more than one.") },
  },
  "/api/v1/findings": {
    operationId: "listFindings",
    summary: "Configuration problems, worst first",
    requestParams: {
      query: findingsQuery,
    },
    responses: {
      "200": json("The current findings.", findingsResponseSchema, EXAMPLES.findings),
      "400": problemResponse("An unknown filter or value."),
      default: problemResponse("Anything else."),
    },
  },
  "/api/v1/incidents": {
    operationId: "listIncidents",
    summary: "Mismatches that last, newest first: open ones and ended ones",
    requestParams: {
      query: incidentsQuery,
    },
    responses: {
      "200": json("The current incidents.", incidentsResponseSchema, EXAMPLES.incidents),
      "400": problemResponse("An unknown filter or value."),
      default: problemResponse("Anything else."),
    },
  },
  "/api/v1/incidents/{id}": {
    operationId: "getIncident",
    summary: "One incident",
    requestParams: { path: z.object({ id: z.string() }) },
    responses: {
      "200": json("The incident's current state.", incidentSchema, EXAMPLES.incident),
      "404": problemResponse("There is no such incident, or it is no longer kept."),
      "503": problemResponse("It is not in memory, and the store cannot be read."),
      default: problemResponse("Anything else."),
    },
  },
  "/api/v1/incidents/{id}/acknowledge": write("acknowledgeIncident", "Acknowledge an incident", acknowledgeBody),
  "/api/v1/incidents/{id}/notes": write("addNote", "Add a note to an incident", noteBody),
  "/api/v1/incidents/{id}/expected": write("markExpected", "Mark an incident as expected, or no longer", expectedBody),
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

function write(operationId: string, summary: string, body: z.ZodType): ZodOpenApiOperationObject {
  return {
    operationId,
    summary,
    security: [{}, { token: [] }],
    requestParams: { path: z.object({ id: z.string() }) },
    requestBody: { required: true, content: { "application/json": { schema: body } } },
    responses: {
      "200": json("The incident afterwards.", incidentSchema, EXAMPLES.incident),
      "400": problemResponse("A field is missing or wrong."),
      "401": problemResponse("Tokens are configured, and the request has none of them."),
      "403": problemResponse("Its sender may not write."),
      "404": problemResponse("There is no such incident, or it is no longer kept."),
      default: problemResponse("Anything else."),
    },
  };
}

function json(description: string, schema: z.ZodType, example: unknown): ZodOpenApiResponseObject {
  return { description, content: { "application/json": { schema, example } } };
}

function text(description: string): ZodOpenApiResponseObject {
  return { description, content: { "text/plain": { schema: z.string() } } };
}

function problemResponse(description: string, example?: unknown): ZodOpenApiResponseObject {
  const media = { schema: problemSchema, ...(example === undefined ? {} : { example }) };
  return { description, content: { [PROBLEM_CONTENT_TYPE]: media } };
}
