import { useEffect, useRef, useState } from "react";
import { diffAnnouncements } from "../lib/announcements.ts";
import type { Fleet } from "../lib/fleet.ts";
import type { MismatchGroup } from "../lib/mismatch-group.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";

/** Announces mismatches that began, changed or ended to screen readers. */
export function LiveRegion({ mismatches, fleet }: { mismatches: readonly MismatchGroup[]; fleet: Fleet }) {
  const client = useDashboardClient();
  const before = useRef<readonly MismatchGroup[]>([]);
  const [text, setText] = useState("");
  useEffect(() => {
    const messages = diffAnnouncements(before.current, mismatches, fleet.servers, client.time().now);
    before.current = mismatches;
    if (messages.length > 0) setText(messages.slice(0, 3).join(" "));
  }, [mismatches, fleet, client]);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {text}
    </div>
  );
}
