import { useCallback, useEffect, useRef, useState } from "react";
import { useDashboardClient, useIsLive } from "./dashboard-client-context.ts";

/** A part of the page that is loaded: its last value stays while it is loaded again, with the error of the last attempt. */
export type Resource<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly error: string }
  | { readonly kind: "ready"; readonly value: T; readonly error: string | null };

const LOADING: Resource<never> = { kind: "loading" };
const TIMEOUT_MS = 15_000;
/** A load that failed is tried again after these times, before the page says so: haprobe sends few lists at once. */
const RETRY_MS: readonly number[] = [500, 1_000, 2_000];

/** Loads a path of the API, null for nothing; see `useLoad`. */
export function useResource<T>(
  path: string | null,
  refreshMs: number,
  version: unknown = null,
): [Resource<T>, () => void] {
  const client = useDashboardClient();
  return useLoad(path, (signal) => client.read<T>(path ?? "", signal), refreshMs, version);
}

/**
 * Loads what `key` names, null for nothing: again every `refreshMs`, whenever `version` changes, and once the connection is
 * back. Returns the resource, and a function that loads it now.
 */
export function useLoad<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  refreshMs: number,
  version: unknown = null,
): [Resource<T>, () => void] {
  const isLive = useIsLive();
  const [attempt, setAttempt] = useState(0);
  const [loaded, setLoaded] = useState<{ key: string | null; resource: Resource<T> }>({ key, resource: LOADING });
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (key === null || !isLive) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let hasValue = false;
    const loadOnce = async (): Promise<void> => {
      let next: (before: Resource<T>) => Resource<T>;
      try {
        const value = await latest.current(AbortSignal.any([abort.signal, AbortSignal.timeout(TIMEOUT_MS)]));
        next = () => ({ kind: "ready", value, error: null });
        hasValue = true;
        failures = 0;
      } catch (cause) {
        // A part that was never there says so after the first of them.
        const retryMs = hasValue || failures === 0 ? RETRY_MS[failures] : undefined;
        failures += 1;
        if (retryMs !== undefined && !abort.signal.aborted) {
          timer = setTimeout(() => void loadOnce(), retryMs);
          return;
        }
        const error = cause instanceof Error ? cause.message : String(cause);
        next = (before) => (before.kind === "ready" ? { ...before, error } : { kind: "failed", error });
      }
      if (abort.signal.aborted) return;
      setLoaded((before) => ({ key, resource: next(before.key === key ? before.resource : LOADING) }));
      timer = setTimeout(() => void loadOnce(), refreshMs);
    };
    void loadOnce();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
    // `attempt` and `version` only start it again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [key, isLive, attempt, version, refreshMs]);
  return [loaded.key === key ? loaded.resource : LOADING, useCallback(() => setAttempt((n) => n + 1), [])];
}
