import { useEffect } from "react";
import type { Mismatch } from "../lib/mismatch.ts";
import { faviconFile, pageTitle } from "../lib/page-title.ts";

/** Title and icon of the tab carry the number of open mismatches. */
export function usePageBadge(mismatches: readonly Mismatch[], isKnown: boolean, isLost: boolean): void {
  const title = pageTitle(mismatches, isLost);
  const icon = faviconFile(mismatches.length, isKnown && !isLost);
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    document.getElementById("favicon")?.setAttribute("href", `./${icon}`);
  }, [icon]);
}
