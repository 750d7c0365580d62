import { setMomentParameter } from "../lib/navigation.ts";
import type { PastState } from "../lib/past-feed.ts";
import { formatElapsed } from "../lib/quantity-format.ts";
import { formatTimestamp, zoneName } from "../lib/time-format.ts";
import { useCallback } from "react";
import type { TickTime } from "../lib/ticker.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { Glyph } from "./glyph.tsx";
import { LiveText } from "./live-text.tsx";
import "./past-banner.css";

/** Says that the page shows a past moment, steps from change to change and returns to the present. */
export function PastBanner({ past: { at, fleet, error } }: { past: PastState }) {
  const client = useDashboardClient();
  const ago = useCallback(({ wall }: TickTime) => `${formatElapsed(wall - at)} ago`, [at]);
  return (
    <div className="past-banner" role="status">
      <Glyph name="settling" />
      <p>
        <b>
          This is the past:{" "}
          <time className="num" dateTime={new Date(at).toISOString()}>
            {formatTimestamp(at, client.time().wall)} {zoneName(at)}
          </time>
        </b>{" "}
        (<LiveText format={ago} />
        ).{" "}
        {error !== null
          ? `It cannot be shown: ${error}`
          : fleet === null
            ? "Loading."
            : "Numbers of that time are not shown where they were not recorded."}
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
