import { io } from "socket.io-client";
import { type Columns, fromColumns } from "../../server/contract/columns.ts";
import type { DeltaMessage, ServerStatus, SnapshotMessage, StreamPosition } from "../../server/contract/status.ts";
import type { Wire } from "./live-feed.ts";

/** The way to haprobe from the browser: socket.io over WebSocket for deltas, one GET for the snapshot. */
export function socketWire(baseUri: string): Wire {
  const base = new URL(".", baseUri);
  return {
    open(events) {
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
        events.closed(why);
      };
      socket.on("connect", events.connected);
      socket.on("hello", (position: StreamPosition) => events.hello(position));
      socket.on("delta", (delta: DeltaMessage) => events.delta(delta));
      socket.on("connect_error", (error) => close(error.message));
      socket.on("disconnect", (reason) => close(reason));
      return () => {
        over = true;
        socket.removeAllListeners();
        socket.disconnect();
      };
    },
    async snapshot(signal) {
      const response = await fetch(new URL("api/v1/servers?form=columns", base), {
        signal,
        headers: { accept: "application/json" },
        cache: "no-store",
      });
      if (!response.ok) throw new Error(`haprobe answers ${response.status} to api/v1/servers`);
      return snapshotOf((await response.json()) as SnapshotMessage | SnapshotInColumns);
    },
    async alive(signal) {
      const response = await fetch(new URL("livez", base), { signal, cache: "no-store" });
      if (!response.ok) throw new Error(`haprobe answers ${response.status} to livez`);
    },
  };
}

/** A snapshot whose servers are laid out field by field. */
interface SnapshotInColumns extends Omit<SnapshotMessage, "servers"> {
  readonly rows: number;
  readonly columns: Columns;
}

function snapshotOf(answer: SnapshotMessage | SnapshotInColumns): SnapshotMessage {
  if ("servers" in answer) return answer;
  const { rows, columns, ...rest } = answer;
  // The server is held to it by its own tests.
  return { ...rest, servers: fromColumns(columns, rows) as ServerStatus[] };
}
