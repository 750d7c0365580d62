import { connect, type Socket } from "node:net";
import { BOUNDS } from "../bounds.ts";
import type { Deadline } from "./deadline.ts";
import { SocketReader } from "./socket-reader.ts";

/** The address to connect to: an IP address or name with its port, or a UNIX socket. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

/** Connects. Rejects with the socket's error, or with the deadline's reason; then nothing is left open. */
export function dial(endpoint: Endpoint, deadline: Deadline): Promise<Socket> {
  return awaitConnect(connect({ ...endpoint, noDelay: true }), endpoint, deadline);
}

/**
 * Connects like `dial` and returns the reader of the socket. All such sockets are read into one shared buffer, one
 * after the other: a buffer for each read costs more than the read.
 */
export async function dialReader(endpoint: Endpoint, deadline: Deadline): Promise<SocketReader> {
  const onread = {
    buffer: READ_BUFFER,
    callback(bytes: number, buffer: Uint8Array): boolean {
      reader.receive(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
      return true;
    },
  };
  const socket = connect({ ...endpoint, noDelay: true, onread });
  const reader = new SocketReader(socket);
  await awaitConnect(socket, endpoint, deadline);
  return reader;
}

const READ_BUFFER = Buffer.allocUnsafeSlow(BOUNDS.probeBodyReadBytes);

async function awaitConnect(socket: Socket, endpoint: Endpoint, deadline: Deadline): Promise<Socket> {
  try {
    return await awaitReady(socket, "connect", deadline);
  } catch (error) {
    // A UNIX socket with a full backlog refuses at once; a TCP port would let the connection wait.
    if ("path" in endpoint && errorCode(error) === "EAGAIN") {
      throw Object.assign(new Error("its connection backlog is full", { cause: error }), { code: "ETIMEDOUT" });
    }
    throw error;
  }
}

/** Waits for the event that makes a socket ready. Rejects with its error or the deadline's reason, and then destroys it. */
export function awaitReady<T extends Socket>(
  socket: T,
  event: "connect" | "secureConnect",
  deadline: Deadline,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      socket.off(event, ready);
      socket.off("error", fail);
      deadline.setEndHandler(null);
      // Later errors are reported to the reader of the socket; without any listener they would end the process.
      socket.on("error", ignoreError);
      act();
    };
    const ready = (): void => {
      deadline.markProgress();
      settle(() => resolve(socket));
    };
    const fail = (error: Error): void =>
      settle(() => {
        socket.destroy();
        reject(error);
      });
    socket.once(event, ready);
    socket.once("error", fail);
    deadline.setEndHandler(fail);
  });
}

/** Shared, because a closure would keep its scope alive as long as the socket. */
function ignoreError(): void {}

function errorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
