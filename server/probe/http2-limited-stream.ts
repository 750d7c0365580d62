import { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { Http2FrameLimits } from "./http2-frame-limits.ts";

/** Wraps a connected socket for `node:http2`; it fails once the server exceeds the limits, and then nothing reaches nghttp2. */
export function createHttp2LimitedStream(socket: Socket): Duplex {
  const limits = new Http2FrameLimits();
  const stream = new Duplex({
    // The limits bound what is buffered, so reading is never paused.
    read() {},
    write: (chunk, _encoding, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (chunk: Buffer) => {
    if (stream.destroyed) return;
    const exceeded = limits.check(chunk);
    if (exceeded === null) stream.push(chunk);
    else stream.destroy(Object.assign(new Error(`HTTP/2: ${exceeded}`), { code: "ERR_HTTP2_LIMIT_EXCEEDED" }));
  });
  socket.on("end", () => stream.push(null));
  socket.on("error", (error) => stream.destroy(error));
  socket.on("close", () => stream.destroy());
  return stream;
}
