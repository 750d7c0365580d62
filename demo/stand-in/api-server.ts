import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import type { SecureVersion } from "node:tls";
import {
  type ApiResponse,
  forbidden,
  HEALTH_PATHS,
  type HealthPath,
  healthResponse,
  HTTP_ON_TLS_PORT,
  NAMESPACE,
  NAMESPACE_PATH,
  UNAUTHORIZED,
  VERSION,
} from "./api-responses.ts";

/**
 * How the stand-in behaves.
 * - `healthy`; `etcd`: 500, etcd is dead, and requests that need it hang; `starting`: 500, a poststarthook is not done; `drain`: /readyz 500 `shutdown`, the other paths 200
 * - `deny-401`, `deny-403`; `needs-token`: 401 unless `Authorization: Bearer TOKEN`
 * - `hang`: reads the request and never answers; `mute`: accepts and sends nothing, no TLS either, as after SIGSTOP;
 *   `slam`: accepts and resets; `closed`: the port refuses
 * - `status`: this answer to everything; `slow`: healthy, but late
 */
export type ApiServerMode =
  | { readonly kind: ModeName }
  | { readonly kind: "needs-token"; readonly token: string }
  | { readonly kind: "slow"; readonly afterMs: number }
  | {
      readonly kind: "status";
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

export const MODE_NAMES = [
  "healthy",
  "etcd",
  "starting",
  "drain",
  "deny-401",
  "deny-403",
  "hang",
  "mute",
  "slam",
  "closed",
] as const;
export type ModeName = (typeof MODE_NAMES)[number];

/** TLS of the stand-in, PEM. With `clientCa` it requires a client certificate of that CA. */
export interface ApiServerTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string;
  readonly maxVersion?: SecureVersion;
}

/** Access rules. */
export interface ApiServerAccess {
  /** Gives access to everything; any other token is refused, even where none is required. */
  readonly token: string;
  /** Access without a token: health and version (true), or nothing. */
  readonly anonymous: boolean;
}

export interface ApiServerOptions {
  /** Null: plain HTTP. */
  readonly tls: ApiServerTls | null;
  readonly host?: string;
  /** 0 or absent: a free port. */
  readonly port?: number;
  /** Listens on this UNIX socket instead of host and port. */
  readonly path?: string;
  readonly mode?: ApiServerMode | ModeName;
  /** Absent: health and version without a token, everything else is forbidden. */
  readonly access?: ApiServerAccess;
  /** Called for each request before it is answered. */
  readonly onRequest?: (request: { method: string; url: string; headers: IncomingHttpHeaders }) => void;
}

/** A running stand-in for kube-apiserver. */
export interface ApiServer extends AsyncDisposable {
  readonly host: string;
  /** Kept while `closed`; 0 on a UNIX socket. */
  readonly port: number;
  readonly mode: ApiServerMode;
  /** Connections accepted and requests read since the start; connections open now. */
  readonly requests: { readonly connections: number; readonly total: number; readonly open: number };
  /** Applies to new requests at once. Connections without an answer in the old mode are closed. */
  setMode(mode: ApiServerMode | ModeName): Promise<void>;
  /** Closes all connections and the port. */
  close(): Promise<void>;
}

/** Starts a stand-in kube-apiserver that answers like v1.32, according to its mode. Rejects if the port is taken. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const host = options.host ?? "127.0.0.1";
  const open = new Set<Socket>();
  const stuck = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const counters = { connections: 0, total: 0 };
  let mode = toMode(options.mode ?? "healthy");

  const hold = (socket: Socket): void => {
    stuck.add(socket);
    socket.once("close", () => stuck.delete(socket));
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    counters.total += 1;
    options.onRequest?.({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
    const answer = responseFor(mode, request, options.access ?? null);
    if (answer === null) return hold(request.socket);
    if (mode.kind !== "slow") return send(response, answer);
    const timer = setTimeout(() => {
      timers.delete(timer);
      send(response, answer);
    }, mode.afterMs);
    timers.add(timer);
  };
  const http = createProtocolServer(options.tls, onRequest);

  const tcp = createTcpServer({ pauseOnConnect: true }, (socket) => {
    counters.connections += 1;
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    if (mode.kind === "slam") return void socket.resetAndDestroy();
    if (mode.kind === "mute") return hold(socket.resume());
    if (options.tls === null) return void http.emit("connection", socket.resume());
    socket.once("data", (first) => {
      if (first[0] !== TLS_HANDSHAKE) return void socket.end(HTTP_ON_TLS_PORT);
      socket.pause();
      socket.unshift(first);
      http.emit("connection", socket);
    });
    socket.resume();
  });

  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      tcp.once("error", reject);
      tcp.listen(options.path === undefined ? { port, host } : { path: options.path }, () => {
        tcp.off("error", reject);
        resolve();
      });
    });
  const shut = (): Promise<void> =>
    new Promise((resolve) => {
      tcp.close(() => resolve());
      for (const socket of open) socket.destroy();
    });

  await listen(options.port ?? 0);
  const address = tcp.address() as AddressInfo | string;
  const port = typeof address === "string" ? 0 : address.port;
  if (mode.kind === "closed") await shut();

  const close = async (): Promise<void> => {
    for (const timer of timers) clearTimeout(timer);
    if (tcp.listening) await shut();
  };
  return {
    host,
    port,
    get mode() {
      return mode;
    },
    get requests() {
      return { ...counters, open: open.size };
    },
    async setMode(wanted) {
      mode = toMode(wanted);
      for (const socket of stuck) socket.destroy();
      stuck.clear();
      if (mode.kind === "closed" && tcp.listening) await shut();
      if (mode.kind !== "closed" && !tcp.listening) await listen(port);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** First byte of a TLS handshake record. */
const TLS_HANDSHAKE = 0x16;

function toMode(mode: ApiServerMode | ModeName): ApiServerMode {
  return typeof mode === "string" ? { kind: mode } : mode;
}

/** The HTTP server above TCP. It does not listen itself, so that a mode can break the connection first. */
function createProtocolServer(
  tls: ApiServerTls | null,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  if (tls === null) return createHttpServer(onRequest);
  const { cert, key, clientCa, maxVersion } = tls;
  const server = createHttpsServer(
    {
      cert,
      key,
      ...(clientCa === undefined ? {} : { requestCert: true, ca: clientCa }),
      ...(maxVersion === undefined ? {} : { maxVersion }),
    },
    onRequest,
  );
  server.on("tlsClientError", () => {});
  return server;
}

/** Null: no answer. */
function responseFor(
  mode: ApiServerMode,
  request: IncomingMessage,
  access: ApiServerAccess | null,
): ApiResponse | null {
  const method = request.method ?? "";
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  const { authorization } = request.headers;
  if (mode.kind === "hang") return null;
  if (mode.kind === "status") {
    return { status: mode.status, headers: mode.headers ?? { "content-type": "text/plain" }, body: mode.body };
  }
  if (mode.kind === "deny-401") return UNAUTHORIZED;
  if (mode.kind === "deny-403") return forbidden(method, path);
  if (mode.kind === "needs-token" && authorization !== `Bearer ${mode.token}`) return UNAUTHORIZED;
  const known = access !== null && authorization === `Bearer ${access.token}`;
  if (access !== null && !known && (authorization !== undefined || !access.anonymous)) return UNAUTHORIZED;
  if (method !== "GET") return forbidden(method, path);
  if (path === NAMESPACE_PATH && known) return mode.kind === "etcd" ? null : NAMESPACE;
  if (path === "/version") return VERSION;
  if (!isHealthPath(path)) return forbidden(method, path);
  return healthResponse(path, failingChecks(mode), new URLSearchParams(query).has("verbose"));
}

function failingChecks(mode: ApiServerMode): readonly string[] {
  if (mode.kind === "etcd") return ["etcd", "etcd-readiness"];
  if (mode.kind === "starting") return ["poststarthook/rbac/bootstrap-roles"];
  if (mode.kind === "drain") return ["shutdown"];
  return [];
}

function isHealthPath(path: string): path is HealthPath {
  return (HEALTH_PATHS as readonly string[]).includes(path);
}

function send(response: ServerResponse, answer: ApiResponse): void {
  response.writeHead(answer.status, { ...answer.headers, "content-length": Buffer.byteLength(answer.body) });
  response.end(response.req.method === "HEAD" ? "" : answer.body);
}
