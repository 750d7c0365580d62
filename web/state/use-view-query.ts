import { useCallback, useSyncExternalStore } from "react";
import { formatViewQuery, parseViewQuery, type ViewQuery } from "../lib/view-query.ts";

const CHANGED = "haprobe:query";
let cached: { search: string; query: ViewQuery } | null = null;

function readViewQuery(): ViewQuery {
  const { search } = window.location;
  if (cached?.search !== search) cached = { search, query: parseViewQuery(search) };
  return cached.query;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(CHANGED, listener);
  };
}

/** The query of the address bar, and a function that changes parts of it. A change replaces the history entry. */
export function useViewQuery(): [ViewQuery, (change: Partial<ViewQuery>) => void] {
  const query = useSyncExternalStore(subscribe, readViewQuery);
  const change = useCallback((part: Partial<ViewQuery>) => {
    const search = formatViewQuery({ ...readViewQuery(), ...part });
    window.history.replaceState(null, "", search === "" ? window.location.pathname : search);
    window.dispatchEvent(new Event(CHANGED));
  }, []);
  return [query, change];
}
