import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { SendingBytes } from "../access/sending-bytes.ts";
import { clientOf } from "../access/client.ts";
import type { Visibility } from "../access/visibility.ts";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { FaultReporter, PublishedState } from "../contract/ports.ts";
import type { OnRefused } from "../contract/refusal.ts";
import type { DeltaMessage } from "../contract/status.ts";
import { SendBacklog } from "./send-backlog.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";
import { createFilteredStream, type FilteredStream, type ParsedStreamFilter } from "./stream-filter.ts";

/** The only subprotocol of the plain stream; a client may offer none. */
export const STREAM_PROTOCOL = "haprobe.v1";

const CLOSE_GOING_AWAY = 1001;
const CLOSE_INTERNAL_ERROR = 1011;
const CLOSE_TRY_AGAIN_LATER = 1013;

type AcceptedFilter = ParsedStreamFilter & { readonly kind: "filter" };

interface Client {
  readonly socket: WebSocket;
  readonly address: string;
  readonly backlog: SendBacklog;
  /** Null until its snapshot is sent. */
  group: FilterGroup | null;
  /** Payload of the ping without an answer, which only a client that reads can echo; null once it did. */
  unansweredPing: string | null;
}

/** Clients with the same filter: each delta is rendered once for all of them. */
interface FilterGroup {
  readonly key: string;
  readonly stream: FilteredStream;
  readonly clients: Set<Client>;
}

/** Plain WebSockets that get a snapshot, then deltas. */
export interface StreamServer {
  readonly clientCount: number;
  /** Takes over the socket of a checked request. */
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    filter: AcceptedFilter,
    visibility: Visibility,
  ): void;
  /** Closes all clients with 1001 and destroys those that are left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Makes the server; `sending` bounds the snapshots and filtered deltas that wait for slow clients. */
export function createStreamServer(parts: {
  published: PublishedState;
  clock: Clock;
  sending: SendingBytes;
  faults: FaultReporter;
  onRefused: OnRefused;
}): StreamServer {
  const { published, clock, sending, faults, onRefused } = parts;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: BOUNDS.streamMessageMaxBytes,
    handleProtocols: () => STREAM_PROTOCOL,
  });
  // Without a listener ws answers with its own page.
  server.on("wsClientError", (error, socket) =>
    refuseUpgrade(socket, 400, `This is no WebSocket handshake: ${error.message}.`, { "sec-websocket-version": "13" }),
  );
  const groups = new Map<string, FilterGroup>();
  const open = new Set<Client>();
  let onEmpty: (() => void) | null = null;

  function send(client: Client, bytes: Uint8Array, isShared: boolean): void {
    const release = isShared ? () => {} : sending.tryTake(client.address, bytes);
    if (release !== null && client.backlog.tryAdd(bytes.length)) {
      client.socket.send(bytes, { binary: false }, () => {
        client.backlog.markSent();
        release();
      });
      return;
    }
    release?.();
    leave(client);
    // A client that is too slow may have several messages after the first that did not fit.
    if (client.socket.readyState === client.socket.OPEN) onRefused("slow-stream");
    client.socket.close(CLOSE_TRY_AGAIN_LATER, "too slow");
  }

  /** Runs twice for a client that is too slow, when its group's key may belong to a new group. */
  function leave(client: Client): void {
    const { group } = client;
    if (group === null || !group.clients.delete(client)) return;
    if (group.clients.size === 0) groups.delete(group.key);
  }

  function take(socket: WebSocket, address: string, filter: AcceptedFilter, visibility: Visibility): void {
    const client: Client = { socket, address, backlog: new SendBacklog(), group: null, unansweredPing: null };
    open.add(client);
    socket.on("pong", (payload) => {
      if (String(payload) === client.unansweredPing) client.unansweredPing = null;
    });
    // After a broken frame or a message beyond maxPayload ws closes the socket itself, with the right code.
    socket.on("error", () => leave(client));
    socket.on("close", () => {
      leave(client);
      open.delete(client);
      if (open.size === 0) onEmpty?.();
    });
    published
      .prepareJsonBytes()
      .then(() => {
        if (socket.readyState === socket.OPEN) join(client, filter, visibility);
      })
      .catch((error: unknown) => {
        faults.recordFault({ part: "publication", name: "", error });
        leave(client);
        socket.close(CLOSE_INTERNAL_ERROR, "haprobe failed to make the snapshot");
      });
  }

  /** The client gets every delta from now on, so its snapshot is the current one. */
  function join(client: Client, { groupKey, filter }: AcceptedFilter, visibility: Visibility): void {
    const name = `${groupKey}${visibility.key}`;
    const snapshot = published.snapshot();
    const group = groups.get(name) ?? {
      key: name,
      stream: createFilteredStream(filter, snapshot, visibility, () => published.snapshot()),
      clients: new Set<Client>(),
    };
    groups.set(name, group);
    group.clients.add(client);
    client.group = group;
    // Clients that join at different times hold different snapshots.
    send(client, published.toJsonBytes(group.stream.filterSnapshot(snapshot)), false);
  }

  function onDelta(full: DeltaMessage): void {
    for (const group of groups.values()) {
      // One buffer for all clients: ws sends it without copying.
      const delta = group.stream.filterDelta(full);
      const bytes = published.toJsonBytes(delta);
      for (const client of [...group.clients]) send(client, bytes, delta === full);
    }
  }

  function ping(): void {
    for (const client of open) {
      if (client.unansweredPing !== null) client.socket.terminate();
      client.unansweredPing = randomUUID();
      if (client.socket.readyState === client.socket.OPEN) client.socket.ping(client.unansweredPing);
    }
    cancelPing = clock.after(BOUNDS.streamPingEveryMs, ping);
  }

  const unsubscribe = published.subscribe(onDelta);
  let cancelPing = clock.after(BOUNDS.streamPingEveryMs, ping);

  return {
    get clientCount() {
      return open.size;
    },
    handleUpgrade(request, socket, head, filter, visibility) {
      server.handleUpgrade(request, socket, head, (upgraded) =>
        take(upgraded, clientOf(request).address, filter, visibility),
      );
    },
    close(graceMs) {
      unsubscribe();
      cancelPing();
      return new Promise((resolve) => {
        const cancel = clock.after(graceMs, () => {
          for (const client of open) client.socket.terminate();
        });
        onEmpty = () => {
          cancel();
          resolve();
        };
        for (const client of open) client.socket.close(CLOSE_GOING_AWAY, "haprobe is stopping");
        if (open.size === 0) onEmpty();
      });
    },
  };
}
