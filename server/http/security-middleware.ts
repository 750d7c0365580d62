import type { Request, RequestHandler } from "express";
import helmet from "helmet";
import type { AccessGuard, AccessRequest } from "../access/access-guard.ts";
import { sendProblem } from "./problems.ts";

/** Headers on every answer. What only makes sense behind TLS is left to whoever ends it: this may well be plain http. */
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
    // Browsers ignore both on plain http, with an error in the console of whoever looks.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  });
}

/** Refuses foreign hosts, and writes that `access` does not allow. */
export function enforceAccess(access: AccessGuard): RequestHandler {
  return (request, response, next) => {
    const asked = toAccessRequest(request);
    for (const ruling of [access.checkHost(asked), access.checkWrite(asked)]) {
      if (!ruling.ok) return sendProblem(response, ruling.status, ruling.detail);
    }
    next();
  };
}

function toAccessRequest(request: Request): AccessRequest {
  const { host, origin } = request.headers;
  return { method: request.method, host, origin, contentType: request.headers["content-type"] };
}
