import type { Request, RequestHandler, Response } from "express";
import helmet from "helmet";
import type { AccessGuard } from "../access/access-guard.ts";
import { toAccessRequest } from "../access/access-request.ts";
import { parseAuthority } from "../access/authority.ts";
import { ANONYMOUS, isSafe } from "../access/admit.ts";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { AuditEntry } from "../contract/audit.ts";
import { FULL_VISIBILITY, type Visibility } from "../access/visibility.ts";
import type { Principal, Scope } from "../contract/principal.ts";
import { takeTurn } from "../slices.ts";
import { sendProblem } from "./problems.ts";

const ACTION_MAX_CHARS = 256;

/** What a browser shows whose user opened haprobe by a name that it does not know. */
const HOST_REFUSED_PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>haprobe: unknown host name</title></head>
<body><h1>haprobe does not answer to this host name</h1>
<p>Open it by its address, or add the name to <code>allowed-hosts</code> or <code>public-url</code> in its configuration:
a name that haprobe does not know may be DNS rebinding.</p></body></html>
`;

/** Security headers of every response. Without TLS, those that need it are left to the proxy that terminates it. */
export function securityHeaders(isTls: boolean): RequestHandler {
  const addHeaders = helmet({
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
  if (!isTls) return addHeaders;
  return (request, response, next) => {
    // On localhost it would reach the other programs of this machine, whatever their port.
    if (parseAuthority(request.headers.host ?? "")?.name !== "localhost") {
      response.set("strict-transport-security", "max-age=31536000");
    }
    return addHeaders(request, response, next);
  };
}

/** Refuses a request whose Host is not known, before anything reads it. */
export function checkHost(access: AccessGuard): RequestHandler {
  return (request, response, next) => {
    const host = access.checkHost({ host: request.headers.host });
    if (host.ok) return next();
    if (isPageRequest(request)) return void response.status(host.status).type("html").send(HOST_REFUSED_PAGE);
    return sendProblem(response, host.status, host.detail);
  };
}

/**
 * Admits requests with this scope, and says to caches that the response depends on who asks; `onWriteRefused` gets what was
 * refused to a write that asked for more than it may.
 */
export function admitRequests(
  access: AccessGuard,
  scope: Scope,
  clock: Clock,
  onWriteRefused: (request: Request, detail: string) => void,
): RequestHandler {
  return async (request, response, next) => {
    const { dependsOnSender } = access;
    if (dependsOnSender) response.vary("cookie, authorization");
    const admission = await access.admit(toAccessRequest(request), scope);
    if (!admission.ok) {
      if (admission.status === 401) response.set("www-authenticate", 'Bearer realm="haprobe"');
      const isRefusedWrite = request.method === "POST" && (admission.status === 401 || admission.status === 403);
      if (isRefusedWrite) onWriteRefused(request, admission.detail);
      return sendProblem(response, admission.status, admission.detail);
    }
    response.locals["principal"] = admission.principal;
    response.locals["visibility"] = access.visibilityOf(admission.principal);
    response.locals["isPrivate"] = dependsOnSender;
    // Who asks is known only after the turn in which the request was begun.
    takeTurn(clock, BOUNDS.sliceMs, () => {
      if (!response.destroyed) next();
    });
  };
}

/** Refuses a write that needs no identity where another site could have sent it. */
export function checkPublicWrites(access: AccessGuard): RequestHandler {
  return (request, response, next) => {
    const decision = access.checkWrite(toAccessRequest(request));
    return decision.ok ? next() : sendProblem(response, decision.status, decision.detail);
  };
}

/** Calls back with each write once it is answered, whether it was refused or not. */
export function auditWrites(onAudit: (entry: Omit<AuditEntry, "at">) => void): RequestHandler {
  return (request, response, next) => {
    if (isSafe(request)) return next();
    const action = `${request.method} ${request.path.slice(0, ACTION_MAX_CHARS)}`;
    const { address: client } = toAccessRequest(request);
    response.once("close", () => {
      const { name, via } = principalOf(response);
      const { signedName, detail = "" } = response.locals as { signedName?: string; detail?: string };
      onAudit({ name: signedName ?? name, via, client, action, status: response.statusCode, detail });
    });
    return next();
  };
}

/** Passes requests that change nothing. */
export function onlyWrites(handler: RequestHandler): RequestHandler {
  return (request, response, next) => (isSafe(request) ? next() : handler(request, response, next));
}

/** The sender of an admitted request. */
export function principalOf(response: Response): Principal {
  return (response.locals["principal"] as Principal | undefined) ?? ANONYMOUS;
}

/** What the sender of an admitted request sees. */
export function seenBy(response: Response): Visibility {
  return (response.locals["visibility"] as Visibility | undefined) ?? FULL_VISIBILITY;
}

/** Refuses a sender that sees only some instances what is about all of them; with `details`, one that sees no details too. */
export function refusePartial(response: Response, details = false): boolean {
  const { seesAllInstances, seesDetails } = seenBy(response);
  if (seesAllInstances && (seesDetails || !details)) return false;
  const whose = details ? "operators and admins who see all instances" : "those who see all instances";
  sendProblem(response, 403, `This is for ${whose}.`);
  return true;
}

/** The value of `cache-control` for what depends on who asks; `otherwise` where it is the same for all. */
export function cacheControl(response: Response, otherwise: string): string {
  return response.locals["isPrivate"] === true ? "private, no-store" : otherwise;
}

/** True where a browser opens a page. */
function isPageRequest({ method, headers }: Request): boolean {
  return method === "GET" && /\btext\/html\b/.test(headers.accept ?? "");
}
