import { z } from "zod";
import type { ZodOpenApiOperationObject } from "zod-openapi";
import { emptyBody, notificationsQuery, silenceBody } from "../alert-routes.ts";
import {
  channelsResponseSchema,
  channelTestSchema,
  notificationDetailSchema,
  notificationsResponseSchema,
  previewResponseSchema,
  silenceSchema,
  silencesResponseSchema,
} from "../schemas/alert-schema.ts";
import { EXAMPLES } from "../schemas/examples.ts";
import { json, problemResponse } from "./responses.ts";

/** Messages, silences and channels. */
export const ALERT_OPERATIONS = {
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
} as const satisfies Readonly<Record<string, ZodOpenApiOperationObject>>;

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
