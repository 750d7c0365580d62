import { createServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Server, type Socket } from "socket.io";
import { WebSocketServer } from "ws";
import { FULL_VISIBILITY, type Visibility } from "../access/visibility.ts";
import { BOUNDS } from "../bounds.ts";
import type { PublishedState } from "../contract/ports.ts";
import { diffRow, type PatchMessage, type RowPatch } from "../contract/row-patch.ts";
import type { OnRefused } from "../contract/refusal.ts";
import type { DeltaMessage, ServerStatus, StreamPosition } from "../contract/status.ts";
import { SendBacklog } from "./send-backlog.ts";
import { createFilteredStream, type FilteredStream } from "./stream-filter.ts";

const PING_EVERY_MS = 10_000;
const PING_TIMEOUT_MS = 10_000;
/** Messages of one client: it connects and disconnects. socket.io answers further ones, also where they are not read. */
const CLIENT_MESSAGES_MAX = 10;

/** Events to the dashboard; it sends none. */
interface ServerToClientEvents {
  hello(position: StreamPosition): void;
  patch(patch: PatchMessage): void;
}

/** socket.io for the dashboard: `hello` with the position, then a `patch` for every delta: what changed in each row. The state itself comes from `/api/v1/servers`. */
export interface DashboardServer {
  readonly clientCount: number;
  /** Takes over the socket of a checked request. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, visibility: Visibility): void;
  close(): Promise<void>;
}

export function createDashboardServer(published: PublishedState, onRefused: OnRefused): DashboardServer {
  // socket.io attaches to a server; this one does not listen and only emits the accepted upgrades.
  const upgradeServer = createServer();
  const io = new Server<Record<string, never>, ServerToClientEvents>(upgradeServer, {
    path: "/socket.io",
    transports: ["websocket"],
    allowUpgrades: false,
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: BOUNDS.streamMessageMaxBytes,
    destroyUpgrade: false,
    // The older ws that engine.io brings answers any number of pings that are not read.
    wsEngine: WebSocketServer,
    connectTimeout: PING_TIMEOUT_MS,
    pingInterval: PING_EVERY_MS,
    pingTimeout: PING_TIMEOUT_MS,
  });
  const { version, epoch, seq } = published.snapshot();
  /** Clients who see everything have a group for the lifetime of the server, others while there are any. */
  const whole = createAudience(FULL_VISIBILITY);
  const audiences = new Map([[FULL_VISIBILITY.key, whole]]);
  const upgraded = new WeakMap<IncomingMessage, Visibility>();
  let position: StreamPosition = { version, epoch, seq };

  function createAudience(visibility: Visibility): Audience {
    const snapshot = published.snapshot();
    const stream = createFilteredStream(NO_FILTER, snapshot, visibility, () => published.snapshot());
    const rows = new Map(stream.filterSnapshot(snapshot).servers.map((row) => [row.key, row]));
    return { key: visibility.key, stream, rows, clients: new Map() };
  }

  io.engine.on("connection", (connection: Socket["conn"]) => {
    let messages = 0;
    connection.on("packet", ({ type }) => {
      if (type === "message" && (messages += 1) > CLIENT_MESSAGES_MAX) connection.close(true);
    });
  });
  io.on("connection", (socket) => {
    const backlog = new SendBacklog();
    const visibility = upgraded.get(socket.request);
    if (visibility === undefined) return void socket.disconnect(true);
    const audience = audiences.get(visibility.key) ?? createAudience(visibility);
    audiences.set(visibility.key, audience);
    audience.clients.set(socket, backlog);
    void socket.join(roomOf(audience));
    // engine.io buffers packets until the socket drains, then writes all of them.
    socket.conn.on("drain", () => backlog.clear());
    socket.on("disconnect", () => {
      audience.clients.delete(socket);
      if (audience.clients.size === 0 && audience !== whole) audiences.delete(audience.key);
    });
    socket.emit("hello", position);
  });

  const unsubscribe = published.subscribe((delta) => {
    position = { version: delta.version, epoch: delta.epoch, seq: delta.seq };
    for (const audience of audiences.values()) sendPatch(audience, audience.stream.filterDelta(delta));
  });

  function sendPatch(audience: Audience, delta: DeltaMessage): void {
    const { rows, clients } = audience;
    if (clients.size === 0) return applyRows(rows, delta);
    const patch = toPatch(delta, rows);
    applyRows(rows, delta);
    const bytes = Buffer.byteLength(JSON.stringify(patch));
    for (const [socket, backlog] of [...clients]) {
      if (backlog.tryAdd(bytes)) continue;
      // Closed without a packet: the dashboard reconnects and loads a new snapshot.
      onRefused("slow-stream");
      socket.conn.close(true);
    }
    // Encoded once for all of the room.
    io.to(roomOf(audience)).emit("patch", patch);
  }

  return {
    get clientCount() {
      return io.engine.clientsCount;
    },
    handleUpgrade(request, socket, head, visibility) {
      upgraded.set(request, visibility);
      upgradeServer.emit("upgrade", request, socket, head);
    },
    async close() {
      unsubscribe();
      await io.close();
    },
  };
}

/** Dashboards that see the same: each delta is cut out and rendered once for all of them. */
interface Audience {
  readonly key: string;
  readonly stream: FilteredStream;
  /** The rows that each of its clients has at the position. */
  readonly rows: Map<string, ServerStatus>;
  readonly clients: Map<DashboardSocket, SendBacklog>;
}

/** No id of a socket, which is a room too, begins so. */
function roomOf({ key }: Audience): string {
  return `audience ${key}`;
}

const NO_FILTER = { mismatchesOnly: false, instances: null };

type DashboardSocket = Socket<Record<string, never>, ServerToClientEvents>;

function toPatch(delta: DeltaMessage, rows: ReadonlyMap<string, ServerStatus>): PatchMessage {
  const servers: ServerStatus[] = [];
  const changed: RowPatch[] = [];
  for (const row of delta.servers) {
    const before = rows.get(row.key);
    if (before === undefined) servers.push(row);
    else changed.push(diffRow(before, row));
  }
  return { ...delta, type: "patch", servers, changed };
}

function applyRows(rows: Map<string, ServerStatus>, delta: DeltaMessage): void {
  for (const row of delta.servers) rows.set(row.key, row);
  for (const key of delta.removed) rows.delete(key);
}
