import { useEffect } from "react";
import type { MismatchGroup } from "../lib/mismatch-group.ts";
import { faviconFile, pageTitle } from "../lib/page-title.ts";

/** Title and icon of the tab carry the number of open mismatches. */
export function usePageBadge(mismatches: readonly MismatchGroup[], isKnown: boolean, isLost: boolean): void {
  const title = pageTitle(mismatches, isLost);
  const icon = faviconFile(mismatches.length, isKnown && !isLost);
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    document.getElementById("favicon")?.setAttribute("href", `./${icon}`);
  }, [icon]);
}
