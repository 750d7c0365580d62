import type { DeltaMessage, SnapshotMessage } from "../../server/contract/status.ts";

/**
 * How far the browser's clock is ahead of haprobe's, milliseconds; null while unknown. The newest timestamp of a message lies
 * in haprobe's past, so the difference is the offset plus the message's age: the smallest difference is the best estimate.
 */
export function estimateClockOffset(
  before: number | null,
  message: Pick<SnapshotMessage | DeltaMessage, "servers" | "instances">,
  browserNow: number,
): number | null {
  let newest = Number.NEGATIVE_INFINITY;
  const consider = (iso: string | null): void => {
    const ms = iso === null ? Number.NaN : Date.parse(iso);
    if (ms > newest) newest = ms;
  };
  for (const instance of message.instances) consider(instance.lastPollAt);
  for (const server of message.servers) {
    consider(server.haproxy.at);
    consider(server.probe.at);
  }
  if (!Number.isFinite(newest)) return before;
  const offset = browserNow - newest;
  return before === null ? offset : Math.min(before, offset);
}
