import { io } from "socket.io-client";
import type { ServerHistory } from "../../server/contract/history.ts";
import type { Incident } from "../../server/contract/incident.ts";
import { type Columns, fromColumns } from "../../server/contract/columns.ts";
import type { PatchMessage } from "../../server/contract/row-patch.ts";
import type { ServerStatus, SnapshotMessage, StreamPosition } from "../../server/contract/status.ts";
import type { FeedTransport } from "./feed-transport.ts";
import { createRestClient, type RestClient } from "./rest-client.ts";
import { serverApiPath } from "./server-path.ts";

const INCIDENTS_MAX = 50;
/** A strip is a few hundred pixels wide. */
const HISTORY_POINTS = 400;

/** Connects the browser to haprobe: socket.io over WebSocket for deltas, one GET for each snapshot. */
export function createSocketTransport(baseUri: string, rest: RestClient = createRestClient(baseUri)): FeedTransport {
  const base = new URL(".", baseUri);
  const { getJson, post } = rest;
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
      socket.on("patch", (patch: PatchMessage) => events.onDelta(patch));
      socket.on("connect_error", (error) => close(error.message));
      socket.on("disconnect", (reason) => close(reason));
      return () => {
        isClosed = true;
        socket.removeAllListeners();
        socket.disconnect();
      };
    },
    async fetchSnapshot(signal) {
      return decodeSnapshot(await getJson<SnapshotMessage | ColumnarSnapshot>("api/v1/servers?form=columns", signal));
    },
    async fetchIncidents(signal) {
      return (
        await getJson<{ incidents: readonly Incident[] }>(`api/v1/incidents?brief=true&limit=${INCIDENTS_MAX}`, signal)
      ).incidents;
    },
    fetchHistory(key, from, to, signal) {
      const range = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
      return getJson<ServerHistory>(`${serverApiPath(key)}/history?${range}&points=${HISTORY_POINTS}`, signal);
    },
    remark: (id, { kind, ...body }, token, signal) =>
      post(`api/v1/incidents/${encodeURIComponent(id)}/${kind}`, body, token, signal),
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
