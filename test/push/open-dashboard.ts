import { io, type Socket } from "socket.io-client";
import type { PatchMessage } from "../../server/contract/row-patch.ts";

/** A dashboard's socket. */
export interface DashboardStream {
  readonly hello: Promise<unknown>;
  /** Its disconnection, or the reason why it could not connect. */
  readonly ended: Promise<string>;
  nextPatch(): Promise<PatchMessage>;
  close(): void;
}

/** Connects as a dashboard does. */
export function openDashboard(port: number, headers: Record<string, string>, path = "/socket.io/"): DashboardStream {
  const socket: Socket = io(`http://127.0.0.1:${port}`, {
    path,
    transports: ["websocket"],
    reconnection: false,
    forceNew: true,
    extraHeaders: headers,
  });
  return {
    hello: new Promise((resolve) => socket.once("hello", resolve)),
    ended: new Promise<string>((resolve) => {
      socket.once("disconnect", (reason) => resolve(reason));
      socket.once("connect_error", (error) => resolve(error.message));
    }),
    nextPatch: () => new Promise((resolve) => socket.once("patch", resolve)),
    close: () => void socket.disconnect(),
  };
}
