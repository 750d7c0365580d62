import type { ServerView } from "../contract/view.ts";

/** The protocols that a passed check or an answered probe has shown. The caller keeps it until the address changes, since a failing check shows nothing. */
export interface ProtocolEvidence {
  readonly http: boolean;
  readonly tls: boolean;
  /** A guessed probe was answered with something else than HTTP: it is never guessed again. */
  readonly notHttp: boolean;
}

/** The port of Kubernetes' API server, whose health path is /readyz. */
const APISERVER_PORT = 6443;
const TLS_PORTS: ReadonlySet<number> = new Set([443, APISERVER_PORT, 8443]);

/** The evidence of one view. In mode tcp an HTTP check proves nothing about the port of the traffic, since `http-check connect port` does not show. The code of tcp-check is 0. Codes from 209 to 299 except 226 are no HTTP, since smtpchk passes with the 221 or 250 of the mail server. */
export function evidenceFromView({ mode, check: { status, code } }: ServerView): ProtocolEvidence {
  const passed = status === "L7OK" || status === "L7OKC";
  const httpCode = code !== null && code >= 100 && code <= 599 && (code <= 208 || code === 226 || code >= 300);
  return { http: mode !== "tcp" && passed && httpCode, tls: status === "L6OK", notHttp: false };
}

/** True for a server that plainly speaks HTTP. No other one, such as a database in mode tcp, is connected to without a rule. */
export function speaksHttp(view: ServerView, port: number, evidence: ProtocolEvidence): boolean {
  return !evidence.notHttp && (view.mode === "http" || evidence.http || TLS_PORTS.has(port));
}

/** Scheme and path where no rule gives them. */
export function guessRequest(
  port: number,
  evidence: ProtocolEvidence,
): { readonly scheme: "http" | "https"; readonly path: string } {
  return {
    scheme: TLS_PORTS.has(port) || evidence.tls ? "https" : "http",
    path: port === APISERVER_PORT ? "/readyz" : "/healthz",
  };
}
