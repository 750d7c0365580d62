import { io } from "socket.io-client";
import { WebSocket } from "ws";
import type { ReaderResponse, ReaderRequest } from "./protocol.ts";

// The readers of the streams, in their own process, which exits with the bench.
let received = 0;

process.on("message", (request: ReaderRequest) => void handleRequest(request));
process.on("disconnect", () => process.exit(0));

async function handleRequest(request: ReaderRequest): Promise<void> {
  if (request.kind === "connect") {
    const connect = request.transport === "ws" ? connectStream : connectDashboard;
    for (let client = 0; client < request.count; client += 1) await connect(request.url);
    received = 0;
  }
  process.send?.({ received } satisfies ReaderResponse);
}

/** Resolves once the snapshot arrived. */
function connectStream(url: string): Promise<void> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/v1/stream`, "haprobe.v1");
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.on("message", () => {
      received += 1;
      resolve();
    });
  });
}

/** Resolves once the hello message arrived. */
function connectDashboard(url: string): Promise<void> {
  const socket = io(url, { transports: ["websocket"], forceNew: true });
  return new Promise((resolve, reject) => {
    socket.once("connect_error", reject);
    socket.once("hello", () => resolve());
    socket.on("patch", () => {
      received += 1;
    });
  });
}
