import type { Duplex } from "node:stream";
import { renderProblemResponse } from "../access/problem-details.ts";

/** Answers an upgrade with problem details, and hangs up. */
export function refuseUpgrade(
  socket: Duplex,
  status: number,
  detail: string,
  headers?: Readonly<Record<string, string>>,
): void {
  socket.on("error", () => socket.destroy());
  // HTTP sockets may stay half open: one that does not hang up by itself would be kept for ever.
  socket.end(renderProblemResponse(status, detail, headers), () => socket.destroy());
}
