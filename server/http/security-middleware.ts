import type { Request, RequestHandler } from "express";
import helmet from "helmet";
import type { AccessGuard, AccessRequest } from "../access/access-guard.ts";
import { sendProblem } from "./problems.ts";

/** Security headers of every response. Those that need TLS are left to the proxy that terminates it. */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        connectSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        fontSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'self'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    xFrameOptions: { action: "deny" },
    strictTransportSecurity: false,
    // Browsers ignore both on plain http and log an error.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  });
}

/** Refuses what `access` does not allow. */
export function enforceAccess(access: AccessGuard): RequestHandler {
  return (request, response, next) => {
    const accessRequest = toAccessRequest(request);
    for (const decision of [access.checkHost(accessRequest), access.checkWrite(accessRequest)]) {
      if (!decision.ok) return sendProblem(response, decision.status, decision.detail);
    }
    next();
  };
}

function toAccessRequest(request: Request): AccessRequest {
  const { host, origin } = request.headers;
  return { method: request.method, host, origin, contentType: request.headers["content-type"] };
}
