import { useCallback, useMemo, useSyncExternalStore } from "react";
import { onNavigation, changeParameters } from "../lib/navigation.ts";

/**
 * The parameters of the address bar, and a function that changes some of them; an empty value removes one. Each change is an
 * entry of the history, a text that is typed is one.
 */
export function useSearchParameters(): [URLSearchParams, (change: Readonly<Record<string, string>>) => void] {
  const search = useSyncExternalStore(onNavigation, () => window.location.search);
  const parameters = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback((values: Readonly<Record<string, string>>) => {
    const set = Object.entries(values).filter(([, value]) => value !== "");
    const names = Object.keys(values);
    const isTyping = names.join() === "q" && (new URLSearchParams(window.location.search).get("q") ?? "") !== "";
    changeParameters(names, Object.fromEntries(set), !isTyping);
  }, []);
  return [parameters, change];
}
