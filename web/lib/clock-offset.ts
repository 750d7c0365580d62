import type { DeltaMessage, SnapshotMessage } from "../../server/contract/status.ts";

/**
 * How far the browser's clock is ahead of haprobe's, milliseconds. The newest time in a message is never in haprobe's future,
 * so browser minus newest is the offset plus its age and the way; the smallest ever seen is the best guess.
 */
export function estimateClockOffset(
  before: number | null,
  message: Pick<SnapshotMessage | DeltaMessage, "servers" | "instances">,
  browserNow: number,
): number | null {
  let newest = Number.NEGATIVE_INFINITY;
  const look = (iso: string | null): void => {
    const ms = iso === null ? Number.NaN : Date.parse(iso);
    if (ms > newest) newest = ms;
  };
  for (const instance of message.instances) look(instance.lastPollAt);
  for (const server of message.servers) {
    look(server.haproxy.at);
    look(server.probe.at);
  }
  if (!Number.isFinite(newest)) return before;
  const seen = browserNow - newest;
  return before === null ? seen : Math.min(before, seen);
}
