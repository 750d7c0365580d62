import type { CheckView, ServerView } from "../contract/view.ts";

/** What HAProxy's check, or an answer to us, has shown of a server so far. Once shown it stays true until the address changes: whoever calls keeps it, since a failing check shows nothing. */
export interface ProtocolEvidence {
  readonly http: boolean;
  readonly tls: boolean;
}

/** Kubernetes' own port: its health path is another than everybody's. */
const APISERVER_PORT = 6443;
const TLS_PORTS: ReadonlySet<number> = new Set([443, APISERVER_PORT, 8443]);

/** What this one check result proves. Codes below 100 are tcp-check's 0; 209 to 299 but 226 are no HTTP: smtpchk passes with the mail server's own 221 or 250. */
export function evidenceFromCheck(check: CheckView): ProtocolEvidence {
  const { status, code } = check;
  const passed = status === "L7OK" || status === "L7OKC";
  const httpCode = code !== null && code >= 100 && code <= 599 && (code <= 208 || code === 226 || code >= 300);
  return { http: passed && httpCode, tls: status === "L6OK" };
}

/** True for what plainly speaks HTTP; everything else, a database in mode tcp above all, is never connected to without a rule. */
export function speaksHttp(view: ServerView, port: number, proof: ProtocolEvidence): boolean {
  return view.mode === "http" || proof.http || TLS_PORTS.has(port);
}

/** Scheme and path where no rule names them. */
export function guessRequest(
  port: number,
  proof: ProtocolEvidence,
): { readonly scheme: "http" | "https"; readonly path: string } {
  return {
    scheme: TLS_PORTS.has(port) || proof.tls ? "https" : "http",
    path: port === APISERVER_PORT ? "/readyz" : "/healthz",
  };
}
