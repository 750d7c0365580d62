import { createServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Server, type Socket } from "socket.io";
import { WebSocketServer } from "ws";
import { BOUNDS } from "../bounds.ts";
import type { PublishedState } from "../contract/ports.ts";
import { diffRow, type PatchMessage, type RowPatch } from "../contract/row-patch.ts";
import type { OnRefused } from "../contract/refusal.ts";
import type { DeltaMessage, ServerStatus, StreamPosition } from "../contract/status.ts";
import { SendBacklog } from "./send-backlog.ts";

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
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
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
  const backlogs = new Map<string, SendBacklog>();
  const { version, epoch, seq, servers } = published.snapshot();
  /** The rows that every client has at `position`. */
  const rows = new Map(servers.map((row) => [row.key, row]));
  let position: StreamPosition = { version, epoch, seq };

  io.engine.on("connection", (connection: Socket["conn"]) => {
    let messages = 0;
    connection.on("packet", ({ type }) => {
      if (type === "message" && (messages += 1) > CLIENT_MESSAGES_MAX) connection.close(true);
    });
  });
  io.on("connection", (socket) => {
    const backlog = new SendBacklog();
    backlogs.set(socket.id, backlog);
    // engine.io buffers packets until the socket drains, then writes all of them.
    socket.conn.on("drain", () => backlog.clear());
    socket.on("disconnect", () => backlogs.delete(socket.id));
    socket.emit("hello", position);
  });

  const unsubscribe = published.subscribe((delta) => {
    position = { version: delta.version, epoch: delta.epoch, seq: delta.seq };
    if (backlogs.size === 0) return applyRows(rows, delta);
    const patch = toPatch(delta, rows);
    applyRows(rows, delta);
    const bytes = Buffer.byteLength(JSON.stringify(patch));
    for (const socket of [...io.sockets.sockets.values()]) {
      // Closed without a packet: the dashboard reconnects and loads a new snapshot.
      if (backlogs.get(socket.id)?.tryAdd(bytes) !== false) continue;
      onRefused("slow-stream");
      socket.conn.close(true);
    }
    io.emit("patch", patch);
  });

  return {
    get clientCount() {
      return io.engine.clientsCount;
    },
    handleUpgrade(request, socket, head) {
      upgradeServer.emit("upgrade", request, socket, head);
    },
    async close() {
      unsubscribe();
      await io.close();
    },
  };
}

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
