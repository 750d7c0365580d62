import { useCallback, useMemo, useSyncExternalStore } from "react";
import { onNavigation, replaceParameters } from "../lib/navigation.ts";

/** The parameters of the address bar, and a function that changes some of them in place; an empty value removes one. */
export function useSearchParameters(): [URLSearchParams, (change: Readonly<Record<string, string>>) => void] {
  const search = useSyncExternalStore(onNavigation, () => window.location.search);
  const parameters = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback((values: Readonly<Record<string, string>>) => {
    const set = Object.entries(values).filter(([, value]) => value !== "");
    replaceParameters(Object.keys(values), Object.fromEntries(set));
  }, []);
  return [parameters, change];
}
