import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { useMoment } from "../state/use-moment.ts";
import { useSearchParameters } from "../state/use-search-parameters.ts";

/** Says that a page shows a past moment, or that it does not although the others do. */
export function PastNote({ isPresent = false }: { isPresent?: boolean }) {
  const client = useDashboardClient();
  const moment = useMoment();
  const [, change] = useSearchParameters();
  if (moment === null) return null;
  return (
    <div className="block part-failed past-note" role="status">
      <p>
        <b>{isPresent ? "This page shows the present" : "This page shows the past"}</b>
        {isPresent ? ", not " : ": as it was at "}
        <span className="num">{formatTimestamp(moment, client.time().now)}</span>.
      </p>
      <button type="button" className="button" onClick={() => change({ at: "" })}>
        Now
      </button>
    </div>
  );
}
