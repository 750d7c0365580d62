import { io } from "socket.io-client";
import { WebSocket } from "ws";
import type { ReaderResponse, ReaderRequest } from "./protocol.ts";

// The readers of the streams, in a process of their own. Ends when the bench does.
let received = 0;

process.on("message", (question: ReaderRequest) => void handleRequest(question));
process.on("disconnect", () => process.exit(0));

async function handleRequest(question: ReaderRequest): Promise<void> {
  if (question.kind === "connect") {
    const connect = question.transport === "ws" ? connectStream : connectDashboard;
    for (let client = 0; client < question.count; client += 1) await connect(question.url);
    received = 0;
  }
  process.send?.({ received } satisfies ReaderResponse);
}

/** Resolves with the snapshot. */
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

/** Resolves with the greeting. */
function connectDashboard(url: string): Promise<void> {
  const socket = io(url, { transports: ["websocket"], forceNew: true });
  return new Promise((resolve, reject) => {
    socket.once("connect_error", reject);
    socket.once("hello", () => resolve());
    socket.on("delta", () => {
      received += 1;
    });
  });
}
