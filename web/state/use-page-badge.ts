import { useEffect } from "react";
import type { MismatchGroup } from "../lib/mismatch-group.ts";
import { faviconFile, pageTitle } from "../lib/page-title.ts";

/** Sets the number of open mismatches in title and favicon. */
export function usePageBadge(mismatches: readonly MismatchGroup[], isKnown: boolean, isDisconnected: boolean): void {
  const title = pageTitle(mismatches, isDisconnected);
  const icon = faviconFile(mismatches.length, isKnown && !isDisconnected);
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    document.getElementById("favicon")?.setAttribute("href", `./${icon}`);
  }, [icon]);
}
