import { z } from "zod";
import type { ZodOpenApiOperationObject } from "zod-openapi";
import { acknowledgeBody, expectedBody, noteBody } from "../incident-bodies.ts";
import { incidentQuery, incidentsQuery } from "../query-schemas.ts";
import { incidentsResponseSchema } from "../schemas/response-schemas.ts";
import { EXAMPLES } from "../schemas/examples.ts";
import { incidentSchema } from "../schemas/incident-schema.ts";
import { json, problemResponse } from "./responses.ts";

/** Incidents, and what people do with them. */
export const INCIDENT_OPERATIONS = {
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
