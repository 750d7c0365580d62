import { setMomentParameter } from "../lib/navigation.ts";
import type { PastState } from "../lib/past-feed.ts";
import { formatElapsed } from "../lib/quantity-format.ts";
import { formatTimestamp, zoneName } from "../lib/time-format.ts";
import { useCallback } from "react";
import type { TickTime } from "../lib/ticker.ts";
import { parseMoment } from "../lib/moment.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { useSearchParameters } from "../state/use-search-parameters.ts";
import { Glyph } from "./glyph.tsx";
import { LiveText } from "./live-text.tsx";
import "./past-banner.css";

const ASKED_MAX = 40;
const PARTLY_RECORDED = "Numbers of that time are not shown where they were not recorded.";

/** Says that the page shows a past moment, steps from change to change and returns to the present. */
export function PastBanner({ past: { at, fleet, error } }: { past: PastState }) {
  const client = useDashboardClient();
  const ago = useCallback(({ wall }: TickTime) => `${formatElapsed(wall - at)} ago`, [at]);
  const isFuture = at > client.time().wall;
  return (
    <div className="past-banner" role="status">
      <Glyph name="settling" />
      <p>
        <b>
          {isFuture ? "This time is in the future:" : "This is the past:"}{" "}
          <time className="num" dateTime={new Date(at).toISOString()}>
            {formatTimestamp(at, client.time().wall)} {zoneName(at)}
          </time>
        </b>
        {!isFuture && (
          <>
            {" "}
            (<LiveText format={ago} />)
          </>
        )}
        . {error !== null ? "It cannot be shown." : fleet === null ? "Loading." : PARTLY_RECORDED}
      </p>
      <span className="past-buttons">
        <button
          type="button"
          className="button"
          aria-keyshortcuts="ArrowLeft"
          onClick={() => void client.stepMoment(-1)}
        >
          ← Earlier change
        </button>
        <button
          type="button"
          className="button"
          aria-keyshortcuts="ArrowRight"
          onClick={() => void client.stepMoment(1)}
        >
          Later change →
        </button>
        <button type="button" className="button button-strong" onClick={() => setMomentParameter(null)}>
          Now
        </button>
      </span>
    </div>
  );
}

/** Says that the address asks for a moment that cannot be read, and that the page shows the present instead. */
export function NoMomentBanner() {
  const [parameters] = useSearchParameters();
  const asked = parameters.get("at");
  if (asked === null || parseMoment(parameters.toString()) !== null) return null;
  return (
    <div className="past-banner" role="status">
      <Glyph name="settling" />
      <p>
        <b>The page shows the present.</b> The time in its address cannot be read: {asked.slice(0, ASKED_MAX)}
      </p>
      <button type="button" className="button" onClick={() => setMomentParameter(null)}>
        Dismiss
      </button>
    </div>
  );
}

/** In place of a page whose moment is not there yet, or cannot be shown. */
export function PastPlaceholder({ past }: { past: PastState | null }) {
  const { past: feed } = useDashboardClient();
  const error = past?.error ?? null;
  return (
    <div className="content" aria-busy={error === null}>
      {error !== null && (
        <div className="block part-failed">
          <p>
            <b>That moment could not be loaded.</b> {error}
          </p>
          <button type="button" className="button" onClick={() => feed.retry()}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}
