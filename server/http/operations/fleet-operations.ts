import { z } from "zod";
import type { ZodOpenApiOperationObject } from "zod-openapi";
import { findingsQuery, serverQuery, serversQuery } from "../query-schemas.ts";
import {
  findingsResponseSchema,
  instancesResponseSchema,
  serversResponseSchema,
  statusResponseSchema,
  vantagesResponseSchema,
} from "../schemas/response-schemas.ts";
import { EXAMPLES } from "../schemas/examples.ts";
import { pastFleetSchema } from "../schemas/history-schema.ts";
import { serverSourcesSchema } from "../schemas/sources-schema.ts";
import { serverStatusSchema } from "../schemas/server-schema.ts";
import { json, problemResponse, serverPath } from "./responses.ts";

const ifNoneMatch = z.object({
  "if-none-match": z.string().optional().meta({ description: "The `ETag` of an earlier response." }),
});

const pastProblems = {
  "404": problemResponse("Nothing is kept, or nothing was recorded of such a server."),
  "503": problemResponse("The history cannot be read now."),
};

const oneServer = {
  "200": json("The server's current state.", serverStatusSchema, EXAMPLES.server),
  "404": problemResponse("There is no such server.", EXAMPLES.noSuchServer),
  default: problemResponse("Anything else."),
};

/** What haprobe knows of the servers now. */
export const FLEET_OPERATIONS = {
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
  "/api/v1/vantages": {
    operationId: "listVantages",
    summary: "The vantages that report to this hub; none where this haprobe is alone",
    responses: {
      "200": json("All.", vantagesResponseSchema, EXAMPLES.vantages),
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
      "200": json(
        "The list, with an `ETag` made of epoch and seq; with `at` the fleet as it stood then, where null is not recorded.",
        z.union([serversResponseSchema, pastFleetSchema]),
        EXAMPLES.servers,
      ),
      "304": { description: "No change was published since the response that `If-None-Match` names." },
      "400": problemResponse("An unknown filter or value."),
      ...pastProblems,
      default: problemResponse("Anything else."),
    },
  },
  "/api/v1/servers/{instance}/{backend}/{server}/sources": {
    operationId: "getServerSources",
    summary: "HAProxy's row of one server as it came, and the rule that it is probed by",
    requestParams: { path: serverPath },
    responses: {
      "200": json("Both.", serverSourcesSchema, EXAMPLES.sources),
      "404": problemResponse("There is no such server.", EXAMPLES.noSuchServer),
      default: problemResponse("Anything else."),
    },
  },
  "/api/v1/servers/{instance}/{backend}/{server}": {
    operationId: "getServer",
    summary: "One server",
    requestParams: { path: serverPath },
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
} as const satisfies Readonly<Record<string, ZodOpenApiOperationObject>>;
