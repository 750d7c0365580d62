import type { Request, RequestHandler, Response } from "express";
import helmet from "helmet";
import type { AccessGuard, WriteRequest } from "../access/access-guard.ts";
import type { TokenHolder } from "../access/tokens.ts";
import { sendProblem } from "./problems.ts";

/** Headers that a proxy adds and a browser on this machine does not send. */
const PROXY_HEADERS = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "via"];

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

/** Refuses what `access` does not allow; `onWriteRefused` gets what was refused to a write that asked for more than it may. */
export function enforceAccess(
  access: AccessGuard,
  onWriteRefused: (request: Request, detail: string) => void,
): RequestHandler {
  return (request, response, next) => {
    const accessRequest = toWriteRequest(request);
    const host = access.checkHost(accessRequest);
    if (!host.ok) return sendProblem(response, host.status, host.detail);
    const write = access.checkWrite(accessRequest);
    if (!write.ok) {
      if (write.status === 401) response.set("www-authenticate", 'Bearer realm="haprobe"');
      if (write.status === 401 || write.status === 403) onWriteRefused(request, write.detail);
      return sendProblem(response, write.status, write.detail);
    }
    setTokenHolder(response, write.holder);
    next();
  };
}

/** Whose token permits the request of this response; null for none. */
export function tokenHolderOf(response: Response): TokenHolder | null {
  return (response.locals["tokenHolder"] as TokenHolder | undefined) ?? null;
}

function setTokenHolder(response: Response, holder: TokenHolder | null): void {
  if (holder !== null) response.locals["tokenHolder"] = holder;
}

/** The parts of a request that the guard checks. */
export function toWriteRequest({ method, headers }: Request): WriteRequest {
  const { host, origin, authorization } = headers;
  const isForwarded = PROXY_HEADERS.some((name) => headers[name] !== undefined);
  return { method, host, origin, contentType: headers["content-type"], authorization, isForwarded };
}
