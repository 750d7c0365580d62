import { useCallback, useSyncExternalStore } from "react";
import { onNavigation, changeParameters } from "../lib/navigation.ts";
import { parseViewQuery, VIEW_PARAMETERS, viewParameters, type ViewQuery } from "../lib/view-query.ts";

let cached: { search: string; query: ViewQuery } | null = null;

function readViewQuery(): ViewQuery {
  const { search } = window.location;
  if (cached?.search !== search) cached = { search, query: parseViewQuery(search) };
  return cached.query;
}

/** The query of the address bar, and a function that changes parts of it: an entry of the history for each, one for a text that is typed. */
export function useViewQuery(): [ViewQuery, (change: Partial<ViewQuery>) => void] {
  const query = useSyncExternalStore(onNavigation, readViewQuery);
  const change = useCallback((part: Partial<ViewQuery>) => {
    const before = readViewQuery();
    const isTyping = before.text !== "" && Object.keys(part).join() === "text";
    changeParameters(VIEW_PARAMETERS, viewParameters({ ...before, ...part }), !isTyping);
  }, []);
  return [query, change];
}
