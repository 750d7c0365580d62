import { connect } from "node:net";
import type { Socket } from "node:net";
import { BOUNDS } from "../bounds.ts";
import type { Deadline } from "./deadline.ts";
import { SocketReader } from "./socket-reader.ts";

/** Where to knock: an address or name with its port, or a UNIX socket. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

/** Connects. Rejects with the socket's error, or with the deadline's reason; then nothing is left open. */
export function dial(door: Endpoint, deadline: Deadline): Promise<Socket> {
  return awaitConnect(connect({ ...door, noDelay: true }), door, deadline);
}

/**
 * Connects like `dial`, to be heard by a wire. All such sockets are read into one place, one after the other: a place
 * for each reading costs more than the reading.
 */
export async function dialReader(door: Endpoint, deadline: Deadline): Promise<SocketReader> {
  const onread = {
    buffer: READ_BUFFER,
    callback(bytes: number, place: Uint8Array): boolean {
      wire.receive(Buffer.from(place.buffer, place.byteOffset, bytes));
      return true;
    },
  };
  const socket = connect({ ...door, noDelay: true, onread });
  const wire = new SocketReader(socket);
  await awaitConnect(socket, door, deadline);
  return wire;
}

const READ_BUFFER = Buffer.allocUnsafeSlow(BOUNDS.probeBodyReadBytes);

async function awaitConnect(socket: Socket, door: Endpoint, deadline: Deadline): Promise<Socket> {
  try {
    return await awaitReady(socket, "connect", deadline);
  } catch (error) {
    // Unlike a port, a UNIX socket whose backlog is full does not let anybody wait.
    if ("path" in door && errorCode(error) === "EAGAIN") {
      throw Object.assign(new Error("its queue of connections is full", { cause: error }), { code: "ETIMEDOUT" });
    }
    throw error;
  }
}

/** Waits until a socket says that it is ready. Rejects with its error or the deadline's reason, and destroys it then. */
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
      // From here on an error is told by whoever reads the socket; without a listener it would end the process.
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

/** Not made on the spot: a listener keeps what stands around it alive for as long as its socket lives. */
function ignoreError(): void {}

function errorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
