import { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { SocketReader } from "../../server/probe/socket-reader.ts";

/** A wire with nobody at the other end, so that a test decides which bytes come together. */
export function detachedReader(): SocketReader {
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  return new SocketReader(stream as Socket);
}
