import { acceptedStatuses, matchesFailingBody } from "./accepted-statuses.ts";
import type { WantedCheck } from "./check-lines.ts";
import type { CheckExpectation, CheckRequest } from "./check-rules.ts";
import type { AdviseOptions } from "./rule.ts";
import type { ServerKind } from "./server-kind.ts";

const KUBERNETES_PATH = /^\/(?:readyz|livez|healthz)(?:\?\S*)?$/;
const NO_STATUS_OF_500 = "! rstatus ^5";

/** The check that a server of this kind is to have. */
export function wantedCheck(kind: ServerKind, { path, host }: AdviseOptions): WantedCheck {
  if (kind === "kubernetes") return { method: "GET", path: "/readyz", host: "kubernetes", expect: ["status 200"] };
  // Without a known health path every answer but an error of the server shows that it works.
  const expect = path === null ? NO_STATUS_OF_500 : "status 200-299";
  return { method: "GET", path: path ?? "/", host: host ?? "localhost", expect: [expect] };
}

/** True for a request that a healthy server of this kind answers with its health. */
export function isRequestRight(request: CheckRequest, kind: ServerKind): boolean {
  if (!request.isKnown) return true;
  // An HTTP/1.1 request without Host is answered with 400.
  if (request.version === "HTTP/1.1" && request.host === null) return false;
  if (kind !== "kubernetes") return true;
  return request.method === "GET" && request.uri !== null && KUBERNETES_PATH.test(request.uri);
}

/** True for expectations that no failing server of this kind meets. */
export function areExpectationsRight(expectations: readonly CheckExpectation[], kind: ServerKind): boolean {
  const accepted = acceptedStatuses(expectations);
  const bodies = expectations.filter(({ match }) => match.endsWith("string"));
  if (kind !== "kubernetes") return bodies.length > 0 || accepted.every((status) => status < 500);
  if (bodies.length > 0 && !bodies.every(matchesFailingBody)) return true;
  return expectations.length > 0 && accepted.every((status) => status < 300);
}
