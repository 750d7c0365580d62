import { io } from "socket.io-client";
import { type Columns, fromColumns } from "../../server/contract/columns.ts";
import type { DeltaMessage, ServerStatus, SnapshotMessage, StreamPosition } from "../../server/contract/status.ts";
import type { FeedTransport } from "./live-feed.ts";

/** The way to haprobe from the browser: socket.io over WebSocket for deltas, one GET for the snapshot. */
export function createSocketTransport(baseUri: string): FeedTransport {
  const base = new URL(".", baseUri);
  return {
    openStream(events) {
      // Attempts are ours, so that the page can say when the next one is.
      const socket = io(base.origin, {
        path: `${base.pathname}socket.io`,
        transports: ["websocket"],
        reconnection: false,
        forceNew: true,
      });
      let over = false;
      const close = (why: string): void => {
        if (over) return;
        over = true;
        socket.disconnect();
        events.onClosed(why);
      };
      socket.on("connect", events.onConnected);
      socket.on("hello", (position: StreamPosition) => events.onHello(position));
      socket.on("delta", (delta: DeltaMessage) => events.onDelta(delta));
      socket.on("connect_error", (error) => close(error.message));
      socket.on("disconnect", (reason) => close(reason));
      return () => {
        over = true;
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
      if (!response.ok) throw new Error(`haprobe answers ${response.status} to api/v1/servers`);
      return decodeSnapshot((await response.json()) as SnapshotMessage | ColumnarSnapshot);
    },
    async ping(signal) {
      const response = await fetch(new URL("livez", base), { signal, cache: "no-store" });
      if (!response.ok) throw new Error(`haprobe answers ${response.status} to livez`);
    },
  };
}

/** A snapshot whose servers are laid out field by field. */
interface ColumnarSnapshot extends Omit<SnapshotMessage, "servers"> {
  readonly rows: number;
  readonly columns: Columns;
}

function decodeSnapshot(answer: SnapshotMessage | ColumnarSnapshot): SnapshotMessage {
  if ("servers" in answer) return answer;
  const { rows, columns, ...rest } = answer;
  // The server is held to it by its own tests.
  return { ...rest, servers: fromColumns(columns, rows) as ServerStatus[] };
}
