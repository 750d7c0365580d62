import type { Request, Response } from "express";
import { z } from "zod";
import type { AccessGuard } from "../access/access-guard.ts";
import { toAccessRequest } from "../access/access-request.ts";
import { clientNetwork } from "../access/client-network.ts";
import type { OidcSignIn } from "../access/oidc.ts";
import type { Passwords } from "../access/passwords.ts";
import { expiredCookies, sessionCookie } from "../access/session-cookie.ts";
import type { Sessions } from "../access/sessions.ts";
import type { SignInLimit } from "../access/sign-in-limit.ts";
import { BOUNDS } from "../bounds.ts";
import { CONTRACT_VERSION } from "../contract/status.ts";
import type { SessionSettings } from "../contract/settings.ts";
import type { BodySender } from "./body-sender.ts";
import { sendProblem, sendStoreProblem } from "./problems.ts";
import type { Route } from "./route.ts";
import type { SessionResponse } from "./schemas/config-schema.ts";
import { withBody } from "./with-body.ts";

/** Body of `/api/v1/session/sign-in`. */
export const signInBody = z.strictObject({
  name: z.string().min(1).max(BOUNDS.incidentNameChars).meta({ description: "Name of the user." }),
  password: z.string().min(1).max(BOUNDS.passwordMaxChars).meta({ format: "password" }),
});

/** Body of `/api/v1/session/sign-out`. */
export const signOutBody = z.strictObject({});

/** What the sessions need. */
export interface SessionParts {
  readonly users: Passwords;
  readonly sessions: Sessions;
  readonly limit: SignInLimit;
  readonly settings: () => SessionSettings;
  /** Absent: no provider signs users in. */
  readonly oidc?: OidcSignIn;
}

/** Who is signed in, sign-in and sign-out. */
export function sessionRoutes(parts: {
  readonly access: AccessGuard;
  readonly session: SessionParts;
  readonly sender: BodySender;
}): readonly Route[] {
  const { access, sender } = parts;
  const { users, sessions, limit, settings, oidc } = parts.session;

  async function sendSession(request: Request, response: Response, signOutUrl: string | null = null): Promise<void> {
    if (access.dependsOnSender) response.vary("cookie, authorization");
    response.locals["isPrivate"] = access.dependsOnSender;
    const status = await access.describeSender(toAccessRequest(request));
    sender.sendJson(request, response, {
      version: CONTRACT_VERSION,
      ...status,
      signIn: [
        ...(users.isConfigured ? (["password"] as const) : []),
        ...(oidc?.isConfigured === true ? (["oidc"] as const) : []),
      ],
      signOutUrl,
    } satisfies SessionResponse);
  }

  return [
    { path: "/api/v1/session", scope: "public", handle: (request, response) => sendSession(request, response) },
    {
      method: "post",
      path: "/api/v1/session/sign-in",
      scope: "public",
      handle: withBody(signInBody, async ({ name, password }, request, response) => {
        if (!users.isConfigured) return sendProblem(response, 404, "No users are configured.");
        const asked = toAccessRequest(request);
        const keys = [`user ${name}`, `client ${clientNetwork(asked.address)}`];
        const waitMs = limit.take(keys);
        if (waitMs > 0) {
          response.set("retry-after", String(Math.ceil(waitMs / 1_000)));
          return sendProblem(response, 429, "Too many sign-ins failed; try again later.");
        }
        const check = await users.check(name, password);
        if (check.kind === "busy") {
          limit.giveBack(keys);
          response.set("retry-after", "1");
          return sendProblem(response, 503, "Too many sign-ins are under way; try again.");
        }
        if (users.user(name) !== null) response.locals["signedName"] = name;
        if (check.kind === "wrong") return sendProblem(response, 401, "The name or the password is wrong.");
        limit.giveBack(keys);
        try {
          const value = await sessions.openForUser(check.user, asked);
          response.append("set-cookie", sessionCookie(value, asked.isSecure, settings().absoluteMs));
          request.headers.cookie = sessionCookie(value, asked.isSecure, 0).split(";")[0];
        } catch (error) {
          return sendStoreProblem(response, error, "Sessions cannot be stored now.");
        }
        return sendSession(request, response);
      }),
    },
    {
      method: "post",
      path: "/api/v1/session/sign-out",
      scope: "read",
      handle: withBody(signOutBody, async (_body, request, response) => {
        for (const cookie of expiredCookies()) response.append("set-cookie", cookie);
        const asked = toAccessRequest(request);
        const signOutUrl = await sessions.signOutUrl(asked);
        try {
          await sessions.end(asked);
        } catch (error) {
          return sendStoreProblem(
            response,
            error,
            "The session is ended here, and cannot be removed from the store now.",
          );
        }
        delete request.headers.cookie;
        return sendSession(request, response, signOutUrl);
      }),
    },
  ];
}
