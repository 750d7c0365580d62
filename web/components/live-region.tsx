import { useEffect, useRef, useState } from "react";
import { diffAnnouncements } from "../lib/announcements.ts";
import type { Fleet } from "../lib/fleet.ts";
import type { MismatchGroup } from "../lib/mismatch-group.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";

/** Says aloud what began, changed or ended; never a counter. */
export function LiveRegion({ mismatches, fleet }: { mismatches: readonly MismatchGroup[]; fleet: Fleet }) {
  const session = useDashboardClient();
  const before = useRef<readonly MismatchGroup[]>([]);
  const [said, setSaid] = useState("");
  useEffect(() => {
    const words = diffAnnouncements(before.current, mismatches, fleet.servers, session.time().now);
    before.current = mismatches;
    if (words.length > 0) setSaid(words.slice(0, 3).join(" "));
  }, [mismatches, fleet, session]);
  return (
    <div className="seen-by-readers-only" role="status" aria-live="polite">
      {said}
    </div>
  );
}
