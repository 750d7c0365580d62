import { z } from "zod";
import type { ZodOpenApiOperationObject } from "zod-openapi";
import { historyQuery, changesQuery, numbersQuery } from "../query-schemas.ts";
import { EXAMPLES } from "../schemas/examples.ts";
import {
  changesBesideSchema,
  numbersSchema,
  serverHistorySchema,
  serverSeriesSchema,
} from "../schemas/history-schema.ts";
import { json, problemResponse, serverPath } from "./responses.ts";

const pastProblems = {
  "404": problemResponse("Nothing is kept, or nothing was recorded of such a server."),
  "503": problemResponse("The history cannot be read now."),
};

/** What was recorded. */
export const HISTORY_OPERATIONS = {
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
} as const satisfies Readonly<Record<string, ZodOpenApiOperationObject>>;
