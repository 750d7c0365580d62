import { connect } from "node:net";
import { WebSocket } from "ws";
import { BOUNDS } from "../bounds.ts";
import { applyDelta, type FleetReplica, fromSnapshot } from "../contract/apply-delta.ts";
import type { StreamMessage } from "../contract/status.ts";
import type { ServiceEndpoint } from "./service-endpoint.ts";
import { instanceGlob, type FleetState } from "./wait-goal.ts";

const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_AFTER_MS = 1_000;

/** The state of a running haprobe, kept up to date from its stream. */
export interface FleetStream {
  /** Null before the first snapshot, and while the stream is broken. */
  state(): FleetState | null;
  /** Why there is no state; null while the stream is being opened. */
  error(): string | null;
  stop(): void;
}

/** Follows the stream of a running haprobe and reconnects after a break. `key` selects the instances. */
export function openFleetStream(endpoint: ServiceEndpoint, key: string): FleetStream {
  const { socketPath } = endpoint;
  let replica: FleetReplica | null = null;
  let lastError: string | null = null;
  let stopped = false;
  let reconnectTimer: NodeJS.Timeout | null = null;
  let socket = open();

  function open(): WebSocket {
    const opened = new WebSocket(streamUrl(endpoint.url, key), "haprobe.v1", {
      ...(endpoint.url.protocol === "https:" ? endpoint.tls : {}),
      ...(socketPath === null ? {} : { createConnection: () => connect({ path: socketPath }) }),
      handshakeTimeout: CONNECT_TIMEOUT_MS,
      maxPayload: BOUNDS.pollResponseMaxBytes * 2,
    });
    opened.on("message", (data: Buffer) => take(JSON.parse(data.toString()) as StreamMessage, opened));
    opened.on("unexpected-response", (request, response) => {
      lastError = `${endpoint.name} refuses the stream with ${response.statusCode}`;
      request.destroy();
    });
    opened.on("error", (error: NodeJS.ErrnoException) => {
      lastError ??= `${endpoint.name} cannot be read: ${error.code ?? error.message}`;
    });
    opened.on("close", () => {
      replica = null;
      if (stopped) return;
      lastError ??= `${endpoint.name} closed the stream`;
      reconnectTimer = setTimeout(() => {
        lastError = null;
        socket = open();
      }, RECONNECT_AFTER_MS);
    });
    return opened;
  }

  function take(message: StreamMessage, from: WebSocket): void {
    if (message.type === "snapshot") {
      replica = fromSnapshot(message);
    } else {
      const applied = replica === null ? null : applyDelta(replica, message);
      if (applied?.kind !== "applied") return from.close();
      replica = applied.replica;
    }
    lastError = null;
  }

  return {
    state: () =>
      replica === null ? null : { servers: replica.servers.values(), instances: replica.instances.values() },
    error: () => lastError,
    stop() {
      stopped = true;
      if (reconnectTimer !== null) clearTimeout(reconnectTimer);
      socket.terminate();
    },
  };
}

/** The stream below the path of `url`, filtered by instance if the key names exactly one. */
function streamUrl(url: URL, key: string): URL {
  const stream = new URL("api/v1/stream", url);
  stream.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const instance = instanceGlob(key);
  if (!/[*?]/.test(instance)) stream.searchParams.set("instance", instance);
  return stream;
}
