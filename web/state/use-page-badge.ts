import { useLayoutEffect } from "react";
import type { MismatchGroup } from "../lib/mismatch-group.ts";
import { type FleetKnowledge, faviconFile, pageTitle } from "../lib/page-title.ts";

/** Sets the number of open mismatches in title and favicon. */
export function usePageBadge(mismatches: readonly MismatchGroup[], knowledge: FleetKnowledge): void {
  const title = pageTitle(mismatches, knowledge);
  const icon = faviconFile(mismatches.length, knowledge);
  useLayoutEffect(() => {
    document.title = title;
  }, [title]);
  useLayoutEffect(() => {
    document.getElementById("favicon")?.setAttribute("href", `./${icon}`);
  }, [icon]);
}
