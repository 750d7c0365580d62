import type { Duplex } from "node:stream";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/** What separates requests, header fields and chunks; what separates the extensions of a chunk; what each request has. */
const LIMITS: readonly (readonly [pattern: Buffer, countMax: number])[] = [
  [Buffer.from("\r\n"), BOUNDS.readSeparatorsMax],
  [Buffer.from(";"), BOUNDS.readSeparatorsMax],
  [Buffer.from(" HTTP/1.1\r\n"), BOUNDS.requestsPipelinedMax + 1],
];

/** What the parser of a connection is reading. */
const beingParsed = new WeakMap<Duplex, Buffer>();

/** Ends an HTTP connection when one read of it has very many parts, before the parser makes objects of them. */
export function limitReads(socket: Duplex): void {
  // A listener makes Node pass what it reads here, and to the parser after it.
  onRead(socket, (bytes) => LIMITS.every(([pattern, countMax]) => !hasMore(bytes, pattern, countMax)));
}

/** Ends a stream whose client sends more than `streamReceivedMaxBytes` from one ping to the next: it only answers those. */
export function limitReceived(socket: Duplex, clock: Clock): void {
  let since = clock.now();
  let received = 0;
  onRead(socket, (bytes) => {
    if (clock.now() - since >= BOUNDS.streamPingEveryMs) [since, received] = [clock.now(), 0];
    received += bytes.length;
    return received <= BOUNDS.streamReceivedMaxBytes;
  });
}

/** Ends a connection at once: the parser, which would go on to the end of what was read, finds zeros and stops. */
export function endConnection(socket: Duplex): void {
  beingParsed.get(socket)?.fill(0);
  socket.destroy();
}

/** Has each read pass `accepts` before any other listener gets it. */
function onRead(socket: Duplex, accepts: (bytes: Buffer) => boolean): void {
  socket.prependListener("data", (bytes: Buffer) => {
    beingParsed.set(socket, bytes);
    if (!accepts(bytes)) endConnection(socket);
  });
}

function hasMore(bytes: Buffer, pattern: Buffer, countMax: number): boolean {
  if (bytes.length <= countMax * pattern.length) return false;
  let count = 0;
  let at = bytes.indexOf(pattern);
  while (at !== -1 && count <= countMax) {
    count += 1;
    at = bytes.indexOf(pattern, at + pattern.length);
  }
  return count > countMax;
}
