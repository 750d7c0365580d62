import { useCallback, useSyncExternalStore } from "react";
import { formatQuery, parseQuery, type Query } from "../lib/query.ts";

const CHANGED = "haprobe:query";
let cached: { search: string; query: Query } | null = null;

function current(): Query {
  const { search } = window.location;
  if (cached?.search !== search) cached = { search, query: parseQuery(search) };
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

/** The query in the address bar, and how to change a part of it. A change replaces the entry: Back leaves the page. */
export function useQuery(): [Query, (change: Partial<Query>) => void] {
  const query = useSyncExternalStore(subscribe, current);
  const change = useCallback((part: Partial<Query>) => {
    const search = formatQuery({ ...current(), ...part });
    window.history.replaceState(null, "", search === "" ? window.location.pathname : search);
    window.dispatchEvent(new Event(CHANGED));
  }, []);
  return [query, change];
}
