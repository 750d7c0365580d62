import { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { Wire } from "../../server/probe/wire.ts";

/** A wire with nobody at the other end, so that a test decides which bytes come together. */
export function looseWire(): Wire {
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  return new Wire(stream as Socket);
}
