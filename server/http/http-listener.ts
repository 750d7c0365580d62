import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TrustedProxies } from "../access/client.ts";
import { renderProblemResponse } from "../access/problem-details.ts";
import { limitReads } from "../access/read-limit.ts";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { HaprobeError } from "../errors.ts";
import { formatHostPort } from "../contract/host-port.ts";
import type { ListenAddress } from "../contract/listen.ts";
import type { OnRefused } from "../contract/refusal.ts";
import { leaveTurn } from "../slices.ts";
import { bindSocket } from "./bind-socket.ts";
import { ConnectionTable } from "./connection-table.ts";
import { sendProblemAndClose } from "./problems.ts";
import { createRequestGate } from "./request-gate.ts";
import type { TlsFiles } from "./tls-files.ts";
import { createTlsServer } from "./tls-listener.ts";

/** Where a server listens: a host and a port, or a UNIX socket with an empty host and port 0. */
export interface BoundAddress {
  readonly host: string;
  /** The one that the kernel chose for 0. */
  readonly port: number;
  readonly socketPath: string | null;
}

/** A listening HTTP server. */
export interface HttpListener {
  readonly server: Server;
  readonly address: BoundAddress;
  /** To be called with the connection of a stream, which gives way to no other. */
  keep(socket: Duplex): void;
  /** Accepts no new connection, closes idle ones at once and the others after their response, all of them after `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
}

/** Listens; throws HAPROBE_LISTEN_FAILED where the address is in use, forbidden or not local. */
export async function startHttpListener(
  parts: ListenAddress & {
    app: RequestListener;
    clock: Clock;
    /** Permission bits of a UNIX socket. */
    mode?: number;
    /** Absent: plain HTTP. */
    tls?: TlsFiles | null;
    /** Absent: no proxy is trusted. */
    proxies?: TrustedProxies;
    /** Files that this process may open; null where unknown. */
    openFiles?: number | null;
    /** Path of the public URL, such as `/haprobe`. */
    basePath?: string;
    onRefused?: OnRefused;
  },
): Promise<HttpListener> {
  const {
    app,
    clock,
    mode = 0o600,
    tls = null,
    proxies = new TrustedProxies([]),
    openFiles = null,
    basePath = "",
    onRefused = () => {},
  } = parts;
  const sockets = new Set<Socket>();
  const options: ServerOptions = {
    headersTimeout: BOUNDS.requestHeadersTimeoutMs,
    requestTimeout: BOUNDS.requestTimeoutMs,
    // Node checks both timeouts only this often, by default every 30 s.
    connectionsCheckingInterval: BOUNDS.requestTimeoutCheckEveryMs,
    keepAliveTimeout: BOUNDS.keepAliveTimeoutMs,
    // Node refuses a missing Host with an empty body; the gate answers with problem details.
    requireHostHeader: false,
    // `curl --http2` offers an upgrade to h2c, which is ignored.
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === "websocket",
  };
  const closeAll = (): void => sockets.forEach((socket) => socket.destroy());
  const secure = tls === null ? null : createTlsServer(tls, options, clock, closeAll);
  const server = secure?.server ?? createServer(options);
  const connections = new ConnectionTable(connectionLimit(openFiles));
  const handleRequest = createRequestGate(app, clock, basePath, onRefused, proxies);
  let closing = false;
  server.on("connection", (socket) => {
    leaveTurn(clock, BOUNDS.sliceMs, BOUNDS.acceptingMs);
    const { remoteAddress = "", remotePort } = socket;
    // Those of a proxy are of many clients, whose shares are counted by request.
    const holder = proxies.isTrusted(remoteAddress) ? `${remoteAddress} ${remotePort}` : remoteAddress;
    const refuse = (): void => onRefused("connection");
    if (!connections.add(socket, holder, refuse)) {
      refuse();
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    if (secure?.accept(socket) === false) onRefused("connection");
  });
  server.on(secure === null ? "connection" : "secureConnection", limitReads);
  server.on("request", (request, response) => {
    connections.markUsed(request.socket);
    response.once("close", () => {
      connections.markUsed(request.socket);
      // A keep-alive connection ends with its last response.
      if (closing) server.closeIdleConnections();
    });
    handleRequest(request, response);
  });
  server.on("checkExpectation", (_request, response) => {
    sendProblemAndClose(response, 417, "The only supported expectation is 100-continue.");
  });
  server.on("clientError", handleClientError);

  if ("path" in parts) await bindSocket(server, parts.path, mode, clock);
  else await bindPort(server, parts.host, parts.port);

  return {
    server,
    address: boundAddress(server),
    keep: (socket) => connections.keep(socket as Socket),
    close(deadlineMs) {
      closing = true;
      return new Promise((resolve) => {
        const cancel = clock.after(deadlineMs, closeAll);
        server.close(() => {
          cancel();
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}

function bindPort(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const where = formatHostPort(host, port);
      reject(
        new HaprobeError("HAPROBE_LISTEN_FAILED", `cannot listen on ${where}: ${describeListenError(cause)}`, {
          cause,
        }),
      );
    });
    // With Node's 511, a burst of connections makes the kernel drop some, which clients repeat after seconds.
    server.listen({ port, host, backlog: BOUNDS.connectionsMax }, resolve);
  });
}

function boundAddress(server: Server): BoundAddress {
  const bound = server.address();
  if (bound === null || typeof bound === "string") return { host: "", port: 0, socketPath: bound };
  return { host: bound.address, port: bound.port, socketPath: null };
}

/** Connections that clients may hold: the rest of the open files is for polls and probes. */
export function connectionLimit(openFiles: number | null): number {
  if (openFiles === null) return BOUNDS.connectionsMax;
  const spare = Math.max(openFiles - BOUNDS.filesLeftFree, Math.floor(openFiles / 4));
  return Math.min(BOUNDS.connectionsMax, spare);
}

function describeListenError(cause: NodeJS.ErrnoException): string {
  switch (cause.code) {
    case "EADDRINUSE":
      return "the port is taken";
    case "EACCES":
      return "no permission for this port";
    case "EADDRNOTAVAIL":
      return "this machine does not have the address";
    default:
      return cause.message;
  }
}

/** Answers a request that the parser rejects. */
function handleClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, detail] = describeClientError(error.code);
  // HTTP sockets are half-open by default, so a client that does not close would keep this one.
  socket.end(renderProblemResponse(status, detail), () => socket.destroy());
}

function describeClientError(code: string | undefined): [status: number, detail: string] {
  if (code === "HPE_HEADER_OVERFLOW") return [431, "The header is too large."];
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return [408, "The request did not come in time."];
  return [400, "This is not HTTP/1.1."];
}
