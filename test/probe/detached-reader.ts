import { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { SocketReader } from "../../server/probe/socket-reader.ts";

/** A reader without a peer, so that a test decides which bytes arrive together. */
export function detachedReader(): SocketReader {
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  return new SocketReader(stream as Socket);
}
