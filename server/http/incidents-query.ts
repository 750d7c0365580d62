import type { Incident } from "../contract/incident.ts";
import { findDuplicateParameter } from "./duplicate-parameter.ts";

export type ParsedIncidentsQuery =
  | { readonly kind: "good"; readonly matches: (incident: Incident) => boolean }
  | { readonly kind: "bad"; readonly detail: string };

/** Reads `open=true` (whatever has not ended) and `open=false` (what has); anything else is a mistake. */
export function parseIncidentsQuery(parameters: URLSearchParams): ParsedIncidentsQuery {
  let open: boolean | null = null;
  for (const [name, value] of parameters) {
    if (name !== "open" || (value !== "true" && value !== "false")) {
      return { kind: "bad", detail: "The only filter is open, true or false." };
    }
    open = value === "true";
  }
  const twice = findDuplicateParameter(parameters, []);
  if (twice !== null) return { kind: "bad", detail: twice };
  return { kind: "good", matches: ({ state }) => open === null || (state !== "ended") === open };
}
