import type { SnapshotMessage } from "../../server/contract/status.ts";
import type { FeedClock } from "./feed-clock.ts";
import type { FeedTransport } from "./feed-transport.ts";

const TIMEOUT_MS = 15_000;

/**
 * Fetches a snapshot and calls one of both, neither once the returned request is aborted; without an answer in time it
 * aborts the request itself.
 */
export function requestSnapshot(
  transport: Pick<FeedTransport, "fetchSnapshot">,
  clock: FeedClock,
  onSnapshot: (snapshot: SnapshotMessage) => void,
  onError: (cause: string) => void,
): AbortController {
  const request = new AbortController();
  const { signal } = request;
  const cancelTimeout = clock.after(TIMEOUT_MS, () => {
    if (signal.aborted) return;
    request.abort();
    onError("no list of servers within 15 s");
  });
  signal.addEventListener("abort", cancelTimeout);
  transport
    .fetchSnapshot(signal)
    .then(
      (snapshot) => {
        if (!signal.aborted) onSnapshot(snapshot);
      },
      (error: unknown) => {
        if (!signal.aborted) onError(error instanceof Error ? error.message : String(error));
      },
    )
    .finally(cancelTimeout);
  return request;
}
