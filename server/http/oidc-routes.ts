import type { Request, Response } from "express";
import { toAccessRequest } from "../access/access-request.ts";
import { clientNetwork } from "../access/client-network.ts";
import { readCookie, sessionCookie } from "../access/session-cookie.ts";
import { BOUNDS } from "../bounds.ts";
import type { AuditEntry } from "../contract/audit.ts";
import { sendProblem, sendStoreProblem } from "./problems.ts";
import type { Route } from "./route.ts";
import type { SessionParts } from "./session-routes.ts";

/** Sign-in at an OpenID provider: the redirect there, and the one back. */
export function oidcRoutes(parts: {
  readonly session: SessionParts;
  /** Whether the page is reached over TLS. */
  readonly isSecure?: boolean;
  readonly basePath?: string;
  readonly isReadOnly?: boolean;
  readonly onAudit: (entry: Omit<AuditEntry, "at">) => void;
}): readonly Route[] {
  const { session, isSecure = false, basePath = "", isReadOnly = false, onAudit } = parts;
  const { oidc, sessions, limit, settings } = session;
  const flowName = isSecure ? "__Host-haprobe-oidc" : "haprobe-oidc";

  function flowCookie(value: string, maxAgeMs: number): string {
    const secure = isSecure ? "; Secure" : "";
    return `${flowName}=${value}${secure}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${Math.floor(maxAgeMs / 1_000)}`;
  }

  /** False after an answer. */
  function isOffered(response: Response): boolean {
    response.set("cache-control", "no-store");
    if (oidc?.isConfigured !== true) sendProblem(response, 404, "No provider is configured.");
    else if (isReadOnly) sendProblem(response, 403, "This listener serves reading only.");
    return oidc?.isConfigured === true && !isReadOnly;
  }

  async function signIn(request: Request, response: Response): Promise<void> {
    if (!isOffered(response) || oidc === undefined) return;
    const wanted = URL.parse(request.url, "http://localhost")?.searchParams.get("return") ?? "/";
    try {
      const { url, sealed } = await oidc.begin(wanted);
      response.append("set-cookie", flowCookie(sealed, BOUNDS.oidcFlowMs));
      response.redirect(303, url);
    } catch {
      response.set("retry-after", "10");
      sendProblem(response, 503, "The provider does not answer; try again later.");
    }
  }

  async function callBack(request: Request, response: Response): Promise<void> {
    if (!isOffered(response) || oidc === undefined) return;
    const asked = toAccessRequest(request);
    const keys = [`client ${clientNetwork(asked.address)}`];
    const waitMs = limit.take(keys);
    if (waitMs > 0) {
      response.set("retry-after", String(Math.ceil(waitMs / 1_000)));
      return sendProblem(response, 429, "Too many sign-ins failed; try again later.");
    }
    // The cookie is good for one answer.
    response.append("set-cookie", flowCookie("", 0));
    const query = URL.parse(request.url, "http://localhost")?.search ?? "";
    const finished = await oidc.finish(query, readCookie(asked.cookie, flowName));
    const entry = { via: "none", client: asked.address, action: "GET /oidc/callback" } as const;
    if (finished.kind === "failed") {
      onAudit({ ...entry, name: null, status: finished.status, detail: finished.cause });
      return sendProblem(response, finished.status, finished.detail);
    }
    limit.giveBack(keys);
    const { name, returnPath } = finished;
    try {
      const value = await sessions.openForProviderUser(finished, asked);
      response.append("set-cookie", sessionCookie(value, isSecure, settings().absoluteMs));
    } catch (error) {
      return sendStoreProblem(response, error, "Sessions cannot be stored now.");
    }
    onAudit({ ...entry, name, status: 303, detail: "" });
    response.redirect(303, `${basePath}${returnPath}`);
  }

  return [
    { path: "/oidc/sign-in", scope: "public", handle: signIn },
    { path: "/oidc/callback", scope: "public", handle: callBack },
  ];
}
