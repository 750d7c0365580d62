import { Duplex } from "node:stream";
import type { Socket } from "node:net";

/** A socket behind a door for what we send: once it is shut nothing of ours leaves this machine. */
export interface WriteBlockingSocket {
  readonly stream: Duplex;
  blockWrites(): void;
}

/**
 * Puts the door in front of a connected socket. Node makes a client's handshake to its end, client certificate
 * included, and judges the server's certificate only then; behind this door it can be judged before.
 */
export function createWriteBlockingSocket(socket: Socket): WriteBlockingSocket {
  let isShut = false;
  const stream = new Duplex({
    read: () => void socket.resume(),
    write(chunk, _encoding, done) {
      if (isShut) done();
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
    if (!stream.push(chunk)) socket.pause();
  });
  socket.on("end", () => stream.push(null));
  socket.on("error", (error) => stream.destroy(error));
  socket.on("close", () => stream.destroy());
  return {
    stream,
    blockWrites() {
      isShut = true;
    },
  };
}
