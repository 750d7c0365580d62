import { useSearchParameters } from "./use-search-parameters.ts";

/** The past moment that the page shows (`?at=`), milliseconds since 1970; null: the present. */
export function useMoment(): number | null {
  const [parameters] = useSearchParameters();
  const at = Date.parse(parameters.get("at") ?? "");
  return Number.isNaN(at) ? null : at;
}
