import { useEffect, useRef, useState } from "react";
import type { FeedState } from "../lib/feed-state.ts";
import { useDashboardClient } from "./dashboard-client-context.ts";

const IDLE_AFTER_MS = 3_000;
const RELOAD_AFTER_MS = 5_000;

/** haprobe's time, which renders again every `everyMs`. */
export function useTick(everyMs: number): number {
  const client = useDashboardClient();
  const [now, setNow] = useState(() => client.time().now);
  useEffect(
    () =>
      client.ticker.register((time) => setNow((before) => (Math.abs(time.now - before) < everyMs ? before : time.now))),
    [client, everyMs],
  );
  return now;
}

/** True once the pointer has rested for three seconds. */
export function useIsIdle(): boolean {
  const [isIdle, setIdle] = useState(false);
  useEffect(() => {
    let timer = setTimeout(() => setIdle(true), IDLE_AFTER_MS);
    const move = (): void => {
      clearTimeout(timer);
      setIdle(false);
      timer = setTimeout(() => setIdle(true), IDLE_AFTER_MS);
    };
    document.addEventListener("pointermove", move);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointermove", move);
    };
  }, []);
  return isIdle;
}

/** Loads the page again once haprobe has another version, which no person does at a wall screen. */
export function useReloadOnUpdate(state: FeedState): void {
  const client = useDashboardClient();
  const version = useRef<string | null>(null);
  const epoch = state.fleet?.position.epoch ?? null;
  const isOutdated = state.kind === "outdated";
  useEffect(() => {
    if (!isOutdated) return;
    const timer = setTimeout(() => window.location.reload(), RELOAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isOutdated]);
  useEffect(() => {
    if (epoch === null) return;
    const abort = new AbortController();
    client
      .read<{ readonly haprobe: string }>("api/v1/status", abort.signal)
      .then(({ haprobe }) => {
        if (version.current !== null && version.current !== haprobe) window.location.reload();
        version.current = haprobe;
      })
      // Another process asks again.
      .catch(() => {});
    return () => abort.abort();
  }, [client, epoch]);
}
