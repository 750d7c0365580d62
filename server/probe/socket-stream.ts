import { Duplex } from "node:stream";
import type { Socket } from "node:net";

/** A connected socket as a stream whose writes can be blocked for good. */
export interface SocketStream {
  readonly stream: Duplex;
  /** Discards all later writes. */
  blockWrites(): void;
  /** CPU time that the reader took for what it has read so far, in milliseconds. */
  readMs(): number;
}

/**
 * Wraps a connected socket. Node completes a client's handshake, client certificate included, before it verifies the
 * server's certificate; blocking the writes keeps the client certificate back. `check` is given all bytes before they
 * are read; the error that it returns closes the socket. `cpuMs`: the
 * CPU time of this thread.
 */
export function createSocketStream(
  socket: Socket,
  check: (chunk: Buffer) => Error | null,
  cpuMs: () => number,
): SocketStream {
  let isBlocked = false;
  let readMs = 0;
  const stream = new Duplex({
    read: () => void socket.resume(),
    write(chunk, _encoding, done) {
      if (isBlocked) done();
      else socket.write(chunk, done);
    },
    final(done) {
      socket.end(done);
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (chunk: Buffer) => {
    const error = check(chunk);
    if (error !== null) return void stream.destroy(error);
    // The reader takes it within the call.
    const before = cpuMs();
    if (!stream.push(chunk)) socket.pause();
    readMs += cpuMs() - before;
  });
  socket.on("end", () => stream.push(null));
  socket.on("error", (error) => stream.destroy(error));
  socket.on("close", () => stream.destroy());
  return {
    stream,
    blockWrites() {
      isBlocked = true;
    },
    readMs: () => readMs,
  };
}
