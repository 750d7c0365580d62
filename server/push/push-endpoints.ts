import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { AccessGuard, Grant } from "../access/access-guard.ts";
import { toAccessRequest } from "../access/access-request.ts";
import { GrantWatch } from "../access/grant-watch.ts";
import { setClient, TrustedProxies } from "../access/client.ts";
import { Quota } from "../access/quota.ts";
import { limitReceived } from "../access/read-limit.ts";
import type { SendingBytes } from "../access/sending-bytes.ts";
import { readRequestTarget } from "../access/request-target.ts";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { FaultReporter, PublishedState } from "../contract/ports.ts";
import type { OnRefused } from "../contract/refusal.ts";
import { takeTurn } from "../slices.ts";
import { createDashboardServer } from "./dashboard-server.ts";
import { endStream } from "./end-stream.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";
import { parseStreamFilter } from "./stream-filter.ts";
import { createStreamServer, STREAM_PROTOCOL } from "./stream-server.ts";

const CLOSE_TIMEOUT_MS = 1_000;

/** The two stream endpoints of an HTTP server. */
export interface PushEndpoints {
  /** Number of open streams of both kinds. */
  clientCount(): number;
  /** Closes every stream within a second and accepts no new one. */
  close(): Promise<void>;
}

/** Serves `/api/v1/stream` (plain WebSocket) and `/socket.io/` (the dashboard) on `server`; each upgrade passes the same checks. */
export function attachPushEndpoints(parts: {
  server: Server;
  published: PublishedState;
  access: AccessGuard;
  clock: Clock;
  /** Bytes that are being sent to clients. */
  sending: SendingBytes;
  faults: FaultReporter;
  /** Streams of both kinds at once; one address gets at most half. */
  streamsMax?: number;
  /** Called with the connection of each stream that opens. */
  onStream?: (socket: Duplex) => void;
  /** Path of the public URL, such as `/haprobe`. */
  basePath?: string;
  /** Absent: no proxy is trusted. */
  proxies?: TrustedProxies;
  onRefused?: OnRefused;
}): PushEndpoints {
  const {
    server,
    published,
    access,
    clock,
    sending,
    faults,
    streamsMax = BOUNDS.streamClientsMax,
    onStream = () => {},
    basePath = "",
    proxies = new TrustedProxies([]),
    onRefused = () => {},
  } = parts;
  const streams = createStreamServer({ published, clock, sending, faults, onRefused });
  const dashboards = createDashboardServer(published, onRefused);
  const openStreams = new Quota(streamsMax);
  const grants = new GrantWatch(clock);
  let closing = false;

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refuse = (status: number, detail: string, headers?: Record<string, string>): void =>
      refuseUpgrade(socket, status, detail, headers);
    const target = readRequestTarget(request, basePath);
    if (target.kind === "bad") return refuse(400, target.detail);
    const reading = proxies.readClient(request);
    if (reading.kind === "bad") return refuse(400, reading.detail);
    setClient(request, reading.client);
    const accessRequest = { ...toAccessRequest(request), host: target.host };
    for (const decision of [access.checkHost(accessRequest), access.checkOrigin(accessRequest)]) {
      if (!decision.ok) return refuse(decision.status, decision.detail);
    }
    request.url = target.path;
    const url = URL.parse(target.path, "http://localhost");
    if (url === null) return refuse(400, "The path cannot be read.");
    if (url.pathname !== "/api/v1/stream" && url.pathname !== "/socket.io/") {
      return refuse(404, "The streams are /api/v1/stream and, for the dashboard, /socket.io/.");
    }
    const release = closing ? null : openStreams.tryTake(reading.client.address);
    if (release === null) {
      if (!closing) onRefused("stream");
      return refuse(503, "No further stream can be opened now.", { "retry-after": "5" });
    }
    socket.once("close", release);
    // Nothing else handles an error of the socket before it is a WebSocket.
    const onError = (): void => void socket.destroy();
    socket.once("error", onError);
    const fail = (error: unknown): void => {
      faults.recordFault({ part: "publication", name: "", error });
      socket.destroy();
    };
    const openAdmitted = (admission: Awaited<ReturnType<AccessGuard["admit"]>>): void => {
      socket.off("error", onError);
      if (socket.destroyed) return;
      if (closing) return refuse(503, "No further stream can be opened now.", { "retry-after": "5" });
      if (!admission.ok) return refuse(admission.status, admission.detail);
      open(request, socket, head, url, admission);
    };
    // Handshakes take turns: hundreds of them at once would delay everything else.
    access
      .admit(accessRequest, "stream")
      .then((admission) =>
        takeTurn(clock, BOUNDS.sliceMs, () => {
          try {
            openAdmitted(admission);
          } catch (error) {
            fail(error);
          }
        }),
      )
      .catch(fail);
  }

  function open(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL, grant: Grant): void {
    limitReceived(socket, clock);
    onStream(socket);
    const visibility = access.visibilityOf(grant.principal);
    if (url.pathname === "/socket.io/") {
      dashboards.handleUpgrade(request, socket, head, visibility);
    } else {
      if (!isProtocolAccepted(request.headers["sec-websocket-protocol"])) {
        return refuseUpgrade(socket, 400, `The subprotocol of this stream is ${STREAM_PROTOCOL}.`);
      }
      const parsed = parseStreamFilter(url.searchParams);
      if (parsed.kind === "bad") return refuseUpgrade(socket, 400, parsed.detail);
      streams.handleUpgrade(request, socket, head, parsed, visibility);
    }
    socket.once(
      "close",
      grants.watch(grant, () => endStream(socket, clock)),
    );
  }

  server.on("upgrade", onUpgrade);

  return {
    clientCount: () => streams.clientCount + dashboards.clientCount,
    async close() {
      closing = true;
      grants.stop();
      await Promise.all([streams.close(CLOSE_TIMEOUT_MS), dashboards.close()]);
      server.off("upgrade", onUpgrade);
    },
  };
}

function isProtocolAccepted(offered: string | undefined): boolean {
  return offered === undefined || offered.split(",").some((name) => name.trim() === STREAM_PROTOCOL);
}
