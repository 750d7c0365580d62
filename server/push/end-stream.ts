import type { Duplex } from "node:stream";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

const CLOSE_POLICY_VIOLATION = 1008;

/** A close frame of RFC 6455, unmasked. */
const CLOSE_FRAME = Buffer.from([0x88, 2, CLOSE_POLICY_VIOLATION >> 8, CLOSE_POLICY_VIOLATION & 0xff]);

/** Closes a WebSocket of either kind with 1008, behind what is being sent; one that does not read it is cut off. */
export function endStream(socket: Duplex, clock: Clock): void {
  const cancel = clock.after(BOUNDS.grantCheckEveryMs, () => socket.destroy());
  socket.once("close", cancel);
  if (socket.writable) socket.end(CLOSE_FRAME);
}
