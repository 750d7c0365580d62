import { z } from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from "zod-openapi";
import { PROBLEM_CONTENT_TYPE } from "../access/problem-details.ts";
import { emptyBody, notificationsQuery, silenceBody } from "./alert-routes.ts";
import { auditQuery } from "./audit-routes.ts";
import { acknowledgeBody, expectedBody, noteBody } from "./incident-bodies.ts";
import {
  findingsQuery,
  historyQuery,
  incidentQuery,
  incidentsQuery,
  changesQuery,
  numbersQuery,
  serverQuery,
  serversQuery,
} from "./query-schemas.ts";
import { signInBody, signOutBody } from "./session-routes.ts";
import {
  findingsResponseSchema,
  incidentsResponseSchema,
  instancesResponseSchema,
  serversResponseSchema,
  statusResponseSchema,
  vantagesResponseSchema,
} from "./schemas/response-schemas.ts";
import {
  channelsResponseSchema,
  channelTestSchema,
  notificationDetailSchema,
  notificationsResponseSchema,
  previewResponseSchema,
  silenceSchema,
  silencesResponseSchema,
} from "./schemas/alert-schema.ts";
import { auditResponseSchema } from "./schemas/audit-schema.ts";
import { configResponseSchema, sessionResponseSchema } from "./schemas/config-schema.ts";
import { EXAMPLES } from "./schemas/examples.ts";
import {
  changesBesideSchema,
  numbersSchema,
  pastFleetSchema,
  serverHistorySchema,
  serverSeriesSchema,
} from "./schemas/history-schema.ts";
import { incidentSchema } from "./schemas/incident-schema.ts";
import { problemSchema } from "./schemas/problem-schema.ts";
import { serverSourcesSchema } from "./schemas/sources-schema.ts";
import { serverStatusSchema } from "./schemas/server-schema.ts";

const ifNoneMatch = z.object({
  "if-none-match": z.string().optional().meta({ description: "The `ETag` of an earlier response." }),
});

const serverPath = z.object({
  instance: z.string().meta({ param: { example: "lb-1" } }),
  backend: z.string().meta({ description: "Percent-encoded: `a/b` is `a%2Fb`.", param: { example: "k8s-api" } }),
  server: z.string().meta({ param: { example: "cp-2" } }),
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
  "/api/v1/servers/{instance}/{backend}/{server}/history": {
    operationId: "getServerHistory",
    summary: "What held of one server, and since when",
    description: "The last 15 minutes, or the range that is given. At most `points` intervals; the worst are kept.",
    requestParams: { path: serverPath, query: historyQuery },
    responses: {
      "200": json("The intervals.", serverHistorySchema, EXAMPLES.history),
      "400": problemResponse("A range or value that is none."),
      ...pastProblems,
      default: problemResponse("Anything else."),
    },
  },
  "/api/v1/servers/{instance}/{backend}/{server}/series": {
    operationId: "getServerSeries",
    summary: "Measurements of one server: probe, HAProxy's check, traffic, 5xx",
    description: "The last 15 minutes, or the range that is given, in at most `points` steps.",
    requestParams: { path: serverPath, query: historyQuery },
    responses: {
      "200": json("The values.", serverSeriesSchema, EXAMPLES.series),
      "400": problemResponse("A range or value that is none."),
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
  "/api/v1/changes": {
    operationId: "getChangesBeside",
    summary: "The recorded changes beside a moment",
    description: "Times of the newest change of any server before `at`, and of the first one after it.",
    requestParams: { query: changesQuery },
    responses: {
      "200": json("Both times.", changesBesideSchema, EXAMPLES.changesBeside),
      "400": problemResponse("A value that is no time."),
      ...pastProblems,
      default: problemResponse("Anything else."),
    },
  },
  "/api/v1/numbers": {
    operationId: "listNumbers",
    summary: "Time in each verdict, minutes falsely up, misrouted sessions, incidents and detection lag",
    description: "Of the last 24 hours, or of the range that is given. As CSV with `format=csv` or `Accept: text/csv`.",
    requestParams: { query: numbersQuery },
    responses: {
      "200": {
        description: "The sums.",
        content: {
          "application/json": { schema: numbersSchema, example: EXAMPLES.numbers },
          "text/csv": { schema: z.string() },
        },
      },
      "400": problemResponse("A range, filter or value that is none."),
      ...pastProblems,
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
    requestParams: { path: z.object({ id: z.string() }), query: incidentQuery },
    responses: {
      "200": {
        description: "The incident's current state.",
        content: {
          "application/json": { schema: incidentSchema, example: EXAMPLES.incident },
          "text/markdown": { schema: z.string() },
        },
      },
      "400": problemResponse("An unknown parameter or format."),
      "404": problemResponse("There is no such incident, or it is no longer kept."),
      "503": problemResponse("It is not in memory, and the store cannot be read."),
      default: problemResponse("Anything else."),
    },
  },
  "/api/v1/incidents/{id}/acknowledge": write("acknowledgeIncident", "Acknowledge an incident", acknowledgeBody),
  "/api/v1/incidents/{id}/notes": write("addNote", "Add a note to an incident", noteBody),
  "/api/v1/incidents/{id}/expected": write("markExpected", "Mark an incident as expected, or no longer", expectedBody),
  "/api/v1/notifications": {
    operationId: "listNotifications",
    summary: "Messages, newest first: why, to whom, attempts, next attempt",
    requestParams: { query: notificationsQuery },
    responses: {
      "200": json("A page.", notificationsResponseSchema, EXAMPLES.notifications),
      "400": problemResponse("An unknown filter or value."),
      "503": problemResponse("The store cannot be read now."),
      default: problemResponse("Refused."),
    },
  },
  "/api/v1/notifications/{id}": {
    operationId: "getNotification",
    summary: "One message with its attempts and its payload",
    requestParams: { path: z.object({ id: z.string() }) },
    responses: {
      "200": json("The message.", notificationDetailSchema, EXAMPLES.notificationDetail),
      "404": problemResponse("There is no such message, or it is no longer kept."),
      "503": problemResponse("The store cannot be read now."),
      default: problemResponse("Refused."),
    },
  },
  "/api/v1/notifications/{id}/resend": alertWrite(
    "resendNotification",
    "Send a message again under its id",
    emptyBody,
    notificationDetailSchema,
    EXAMPLES.notificationDetail,
  ),
  "/api/v1/silences": {
    operationId: "listSilences",
    summary: "Silences that are in force or will be",
    responses: {
      "200": json("All.", silencesResponseSchema, EXAMPLES.silences),
      "503": problemResponse("The store cannot be read now."),
      default: problemResponse("Refused."),
    },
  },
  "/api/v1/silences/add": alertWrite(
    "addSilence",
    "Silence what matches",
    silenceBody,
    silenceSchema,
    EXAMPLES.silence,
  ),
  "/api/v1/silences/{id}/end": alertWrite("endSilence", "End a silence", emptyBody, silenceSchema, EXAMPLES.silence),
  "/api/v1/alerts/preview": {
    operationId: "previewAlerts",
    summary: "What is firing, where it goes, and why not elsewhere",
    responses: {
      "200": json("All that is firing.", previewResponseSchema, EXAMPLES.preview),
      "503": problemResponse("The store cannot be read now."),
      default: problemResponse("Refused."),
    },
  },
  "/api/v1/channels": {
    operationId: "listChannels",
    summary: "The channels of the configuration, and how they do",
    responses: {
      "200": json("All.", channelsResponseSchema, EXAMPLES.channels),
      default: problemResponse("Refused."),
    },
  },
  "/api/v1/channels/{name}/test": {
    ...alertWrite("testChannel", "Send a test message", emptyBody, channelTestSchema, EXAMPLES.channelTest),
    requestParams: { path: z.object({ name: z.string() }) },
  },
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
  "/api/v1/audit": {
    operationId: "listAudit",
    summary: "Writes, sign-ins and sign-outs, newest first, refused ones too",
    security: [{}, { token: [] }],
    requestParams: { query: auditQuery },
    responses: {
      "200": json("A page.", auditResponseSchema, EXAMPLES.audit),
      "400": problemResponse("An unknown parameter or value."),
      "503": problemResponse("The store cannot be read now."),
      default: problemResponse("Refused."),
    },
  },
  "/api/v1/session/sign-in": {
    operationId: "signIn",
    summary: "Open a session by name and password; its cookie is in the response",
    requestBody: { required: true, content: { "application/json": { schema: signInBody } } },
    responses: {
      "200": json("The sender from now on.", sessionResponseSchema, EXAMPLES.session),
      "401": problemResponse("The name or the password is wrong."),
      "404": problemResponse("No users are configured."),
      "429": problemResponse("Too many sign-ins of this user or from this address failed."),
      "503": problemResponse("Too many sign-ins are under way, or sessions cannot be stored now."),
      default: problemResponse("Refused."),
    },
  },
  "/api/v1/session/sign-out": {
    operationId: "signOut",
    summary: "End the session of the request, and its streams; `signOutUrl` is where to sign out at the provider then",
    requestBody: { required: true, content: { "application/json": { schema: signOutBody } } },
    responses: {
      "200": json("The sender from now on.", sessionResponseSchema, EXAMPLES.session),
      default: problemResponse("Refused."),
    },
  },
  "/oidc/sign-in": {
    operationId: "signInByProvider",
    summary: "To the OpenID provider; `return` is the path to come back to",
    security: [{}],
    responses: { "303": { description: "The provider." }, default: problemResponse("Refused.") },
  },
  "/oidc/callback": {
    operationId: "finishSignIn",
    summary: "Back from the OpenID provider, with a session",
    security: [{}],
    responses: { "303": { description: "The page." }, default: problemResponse("Refused.") },
  },
  "/api/v1/session": {
    operationId: "getSession",
    summary: "Who sends the request, and what it may do",
    security: [{}, { token: [] }],
    responses: {
      "200": json("The sender.", sessionResponseSchema, EXAMPLES.session),
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

function alertWrite(
  operationId: string,
  summary: string,
  body: z.ZodType,
  result: z.ZodType,
  example: unknown,
): ZodOpenApiOperationObject {
  return {
    operationId,
    summary,
    security: [{}, { token: [] }],
    ...(operationId === "addSilence" ? {} : { requestParams: { path: z.object({ id: z.string() }) } }),
    requestBody: { required: true, content: { "application/json": { schema: body } } },
    responses: {
      "200": json("What it is afterwards.", result, example),
      "400": problemResponse("A field is missing or wrong."),
      "401": problemResponse("Tokens are configured, and the request has none of them."),
      "403": problemResponse("Its sender may not write."),
      "404": problemResponse("There is none with this name or id."),
      "503": problemResponse("The store cannot be written now."),
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
