import { WebSocket } from "ws";
import { BOUNDS } from "../bounds.ts";
import { applyDelta, type FleetReplica, fromSnapshot } from "../contract/apply-delta.ts";
import type { StreamMessage } from "../contract/status.ts";
import { instanceGlob, type FleetState } from "./wait-goal.ts";

const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_AFTER_MS = 1_000;

/** What a running haprobe tells on its stream, kept up to date. */
export interface FleetStream {
  /** Null before the first snapshot, and while the stream is broken. */
  state(): FleetState | null;
  /** Why there is none; null where it is just being opened. */
  error(): string | null;
  stop(): void;
}

/** Follows the stream of the haprobe at `url`; after a break it is opened anew. `key` says which instances matter. */
export function openFleetStream(url: URL, key: string): FleetStream {
  let replica: FleetReplica | null = null;
  let trouble: string | null = null;
  let stopped = false;
  let again: NodeJS.Timeout | null = null;
  let socket = open();

  function open(): WebSocket {
    const opened = new WebSocket(streamUrl(url, key), "haprobe.v1", {
      handshakeTimeout: CONNECT_TIMEOUT_MS,
      maxPayload: BOUNDS.pollResponseMaxBytes * 2,
    });
    opened.on("message", (data: Buffer) => take(JSON.parse(data.toString()) as StreamMessage, opened));
    opened.on("unexpected-response", (request, response) => {
      trouble = `${url.origin} refuses the stream with ${response.statusCode}`;
      request.destroy();
    });
    opened.on("error", (error: NodeJS.ErrnoException) => {
      trouble ??= `${url.origin} cannot be read: ${error.code ?? error.message}`;
    });
    opened.on("close", () => {
      replica = null;
      if (stopped) return;
      trouble ??= `${url.origin} closed the stream`;
      again = setTimeout(() => {
        trouble = null;
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
    trouble = null;
  }

  return {
    state: () =>
      replica === null ? null : { servers: replica.servers.values(), instances: replica.instances.values() },
    error: () => trouble,
    stop() {
      stopped = true;
      if (again !== null) clearTimeout(again);
      socket.terminate();
    },
  };
}

/** Below the path that haprobe has behind a proxy, and only of the one instance where the key names one. */
function streamUrl(url: URL, key: string): URL {
  const stream = new URL("api/v1/stream", url.href.endsWith("/") ? url : `${url.href}/`);
  stream.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const instance = instanceGlob(key);
  if (!/[*?]/.test(instance)) stream.searchParams.set("instance", instance);
  return stream;
}
