import type { Request, RequestHandler, Response } from "express";
import helmet from "helmet";
import type { AccessGuard, WriteRequest } from "../access/access-guard.ts";
import type { TokenHolder } from "../access/tokens.ts";
import { sendProblem } from "./problems.ts";

/** Headers that a proxy adds and a browser on this machine does not send. */
const PROXY_HEADERS = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "via"];

/** What a browser shows whose user opened haprobe by a name that it does not know. */
const HOST_REFUSED_PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>haprobe: unknown host name</title></head>
<body><h1>haprobe does not answer to this host name</h1>
<p>Open it by its address, or add the name to <code>allowed-hosts</code> or <code>public-url</code> in its configuration:
a name that haprobe does not know may be DNS rebinding.</p></body></html>
`;

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
    if (!host.ok && isPageRequest(request))
      return void response.status(host.status).type("html").send(HOST_REFUSED_PAGE);
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

/** True where a browser opens a page. */
function isPageRequest({ method, headers }: Request): boolean {
  return method === "GET" && /\btext\/html\b/.test(headers.accept ?? "");
}

/** The parts of a request that the guard checks. */
export function toWriteRequest({ method, headers }: Request): WriteRequest {
  const { host, origin, authorization } = headers;
  const isForwarded = PROXY_HEADERS.some((name) => headers[name] !== undefined);
  return { method, host, origin, contentType: headers["content-type"], authorization, isForwarded };
}
