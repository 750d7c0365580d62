import type { Duplex } from "node:stream";
import { renderProblemResponse } from "../access/problem-details.ts";

/** Answers an upgrade with problem details and closes the socket. */
export function refuseUpgrade(
  socket: Duplex,
  status: number,
  detail: string,
  headers?: Readonly<Record<string, string>>,
): void {
  socket.on("error", () => socket.destroy());
  // HTTP sockets are half-open by default, so a client that does not close would keep this one.
  socket.end(renderProblemResponse(status, detail, headers), () => socket.destroy());
}
