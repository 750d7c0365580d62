import { useEffect, useRef, useState } from "react";
import { announcements } from "../lib/announce.ts";
import type { Fleet } from "../lib/fleet.ts";
import type { Mismatch } from "../lib/mismatch.ts";
import { useSession } from "../state/session-context.ts";

/** Says aloud what began, changed or ended; never a counter. */
export function LiveRegion({ mismatches, fleet }: { mismatches: readonly Mismatch[]; fleet: Fleet }) {
  const session = useSession();
  const before = useRef<readonly Mismatch[]>([]);
  const [said, setSaid] = useState("");
  useEffect(() => {
    const words = announcements(before.current, mismatches, fleet.servers, session.time().now);
    before.current = mismatches;
    if (words.length > 0) setSaid(words.slice(0, 3).join(" "));
  }, [mismatches, fleet, session]);
  return (
    <div className="seen-by-readers-only" role="status" aria-live="polite">
      {said}
    </div>
  );
}
