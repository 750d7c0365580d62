import { io } from "socket.io-client";
import { type Columns, fromColumns } from "../../server/contract/columns.ts";
import type { DeltaMessage, ServerStatus, SnapshotMessage, StreamPosition } from "../../server/contract/status.ts";
import type { FeedTransport } from "./live-feed.ts";

/** Connects the browser to haprobe: socket.io over WebSocket for deltas, one GET for each snapshot. */
export function createSocketTransport(baseUri: string): FeedTransport {
  const base = new URL(".", baseUri);
  return {
    openStream(events) {
      // LiveFeed reconnects itself, so that the page shows the time of the next attempt.
      const socket = io(base.origin, {
        path: `${base.pathname}socket.io`,
        transports: ["websocket"],
        reconnection: false,
        forceNew: true,
      });
      let isClosed = false;
      const close = (cause: string): void => {
        if (isClosed) return;
        isClosed = true;
        socket.disconnect();
        events.onClosed(cause);
      };
      socket.on("connect", events.onConnected);
      socket.on("hello", (position: StreamPosition) => events.onHello(position));
      socket.on("delta", (delta: DeltaMessage) => events.onDelta(delta));
      socket.on("connect_error", (error) => close(error.message));
      socket.on("disconnect", (reason) => close(reason));
      return () => {
        isClosed = true;
        socket.removeAllListeners();
        socket.disconnect();
      };
    },
    async fetchSnapshot(signal) {
      const response = await fetch(new URL("api/v1/servers?form=columns", base), {
        signal,
        headers: { accept: "application/json" },
        cache: "no-store",
      });
      if (!response.ok) throw new Error(`haprobe responded ${response.status} to api/v1/servers`);
      return decodeSnapshot((await response.json()) as SnapshotMessage | ColumnarSnapshot);
    },
    async fetchServer(key, signal) {
      const response = await fetch(new URL(`api/v1/server?key=${encodeURIComponent(key)}`, base), {
        signal,
        headers: { accept: "application/json" },
        cache: "no-store",
      });
      if (!response.ok) throw new Error(`haprobe responded ${response.status} to api/v1/server`);
      return (await response.json()) as ServerStatus;
    },
    async ping(signal) {
      const response = await fetch(new URL("livez", base), { signal, cache: "no-store" });
      if (!response.ok) throw new Error(`haprobe responded ${response.status} to livez`);
    },
  };
}

/** A snapshot with its servers as columns. */
interface ColumnarSnapshot extends Omit<SnapshotMessage, "servers"> {
  readonly rows: number;
  readonly columns: Columns;
}

function decodeSnapshot(answer: SnapshotMessage | ColumnarSnapshot): SnapshotMessage {
  if ("servers" in answer) return answer;
  const { rows, columns, ...rest } = answer;
  // The server's tests guarantee the columns.
  return { ...rest, servers: fromColumns(columns, rows) as ServerStatus[] };
}
