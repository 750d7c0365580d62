import { useCallback, useEffect, useState } from "react";
import type { ServerHistory } from "../../server/contract/history.ts";
import type { ServerSeries } from "../../server/contract/series.ts";
import { splitServerKey } from "../../server/contract/server-key.ts";
import type { StripSelection } from "../lib/strip-selection.ts";
import { useDashboardClient } from "./dashboard-client-context.ts";

/** A chart is some hundred pixels wide. */
const SERIES_POINTS = 240;
const HISTORY_POINTS = 1_000;
const TIMEOUT_MS = 15_000;

/** One answer; the last one stays while it is asked for again. */
export interface Loaded<T> {
  readonly value: T | null;
  /** Why the last request failed; null after a good one. */
  readonly error: string | null;
}

/** What was recorded of a server, and a function that asks again. */
export interface ServerRecords {
  readonly history: Loaded<ServerHistory>;
  readonly series: Loaded<ServerSeries>;
  readonly retry: () => void;
}

const NOTHING = { value: null, error: null };

/** History and series of a server within this time; loads again when one of them changes. */
export function useServerRecords(serverKey: string, { from, to }: StripSelection): ServerRecords {
  const client = useDashboardClient();
  const [history, setHistory] = useState<Loaded<ServerHistory>>(NOTHING);
  const [series, setSeries] = useState<Loaded<ServerSeries>>(NOTHING);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (to <= from) return;
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const load = async <T>(name: string, points: number, set: (next: (before: Loaded<T>) => Loaded<T>) => void) => {
      const names = splitServerKey(serverKey);
      const parts = names === null ? [] : [names.instance, names.backend, names.server];
      const time = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
      const path = `api/v1/servers/${parts.map(encodeURIComponent).join("/")}/${name}?${time}&points=${points}`;
      try {
        const value = await client.rest.getJson<T>(path, signal);
        if (!abort.signal.aborted) set(() => ({ value, error: null }));
      } catch (cause) {
        const error = cause instanceof Error ? cause.message : String(cause);
        if (!abort.signal.aborted) set((before) => ({ ...before, error }));
      }
    };
    void load("history", HISTORY_POINTS, setHistory);
    void load("series", SERIES_POINTS, setSeries);
    return () => abort.abort();
    // A new attempt loads again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [client, serverKey, from, to, attempt]);
  return { history, series, retry: useCallback(() => setAttempt((n) => n + 1), []) };
}
