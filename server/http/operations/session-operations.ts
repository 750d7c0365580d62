import type { ZodOpenApiOperationObject } from "zod-openapi";
import { auditQuery } from "../audit-routes.ts";
import { signInBody, signOutBody } from "../session-routes.ts";
import { auditResponseSchema } from "../schemas/audit-schema.ts";
import { sessionResponseSchema } from "../schemas/config-schema.ts";
import { EXAMPLES } from "../schemas/examples.ts";
import { json, problemResponse } from "./responses.ts";

/** Who is signed in, and what was written. */
export const SESSION_OPERATIONS = {
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
} as const satisfies Readonly<Record<string, ZodOpenApiOperationObject>>;
