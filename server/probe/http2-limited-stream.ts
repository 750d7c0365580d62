import { Duplex } from "node:stream";
import { Http2FrameLimits } from "./http2-frame-limits.ts";
import type { SocketReader } from "./socket-reader.ts";

/** A connection for `node:http2` that fails once the server exceeds the limits; later bytes do not reach nghttp2. */
export function createHttp2LimitedStream(reader: SocketReader): Duplex {
  const { socket } = reader;
  const limits = new Http2FrameLimits();
  const stream = new Duplex({
    // The limits bound what is buffered, so reading is never paused.
    read() {},
    write: (chunk, _encoding, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      reader.setHandler(null);
      socket.destroy();
      done(error);
    },
  });
  reader.setHandler({
    onData(chunk) {
      const exceeded = limits.check(chunk);
      if (exceeded === null) stream.push(Buffer.from(chunk));
      else stream.destroy(Object.assign(new Error(`HTTP/2: ${exceeded}`), { code: "ERR_HTTP2_LIMIT_EXCEEDED" }));
    },
    onEnd(error) {
      if (error === null) stream.push(null);
      else stream.destroy(error);
    },
  });
  return stream;
}
