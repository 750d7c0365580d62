import { useCallback, useEffect, useState } from "react";
import { useDashboardClient, useIsLive } from "./dashboard-client-context.ts";

/** A part of the page that is loaded: its last value stays while it is loaded again, with the error of the last attempt. */
export type Resource<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly error: string }
  | { readonly kind: "ready"; readonly value: T; readonly error: string | null };

const LOADING: Resource<never> = { kind: "loading" };
const TIMEOUT_MS = 15_000;

/**
 * Loads a path of the API, null for nothing: again every `refreshMs`, whenever `version` changes, and once the connection is
 * back. Returns the resource, and a function that loads it now.
 */
export function useResource<T>(
  path: string | null,
  refreshMs: number,
  version: unknown = null,
): [Resource<T>, () => void] {
  const client = useDashboardClient();
  const isLive = useIsLive();
  const [attempt, setAttempt] = useState(0);
  const [loaded, setLoaded] = useState<{ path: string | null; resource: Resource<T> }>({ path, resource: LOADING });
  useEffect(() => {
    if (path === null || !isLive) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async (): Promise<void> => {
      let resource: (before: Resource<T>) => Resource<T>;
      try {
        const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(TIMEOUT_MS)]);
        const value = await client.rest.getJson<T>(path, signal);
        resource = () => ({ kind: "ready", value, error: null });
      } catch (cause) {
        const error = cause instanceof Error ? cause.message : String(cause);
        resource = (before) => (before.kind === "ready" ? { ...before, error } : { kind: "failed", error });
      }
      if (abort.signal.aborted) return;
      setLoaded((before) => ({ path, resource: resource(before.path === path ? before.resource : LOADING) }));
      timer = setTimeout(() => void load(), refreshMs);
    };
    void load();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
    // `attempt` and `version` only start it again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [client, path, isLive, attempt, version, refreshMs]);
  return [loaded.path === path ? loaded.resource : LOADING, useCallback(() => setAttempt((n) => n + 1), [])];
}
