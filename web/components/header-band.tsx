import type { Headline } from "../lib/headline.ts";
import { formatTimeOfDay } from "../lib/time-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { Glyph } from "./glyph.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import "./header-band.css";

/** The headline: what is wrong, since when, how bad, what to do. Only a false-up fills the band with colour. */
export function HeaderBand({ headline, isDisconnected }: { headline: Headline; isDisconnected: boolean }) {
  const client = useDashboardClient();
  const isOk = headline.variant === "ok";
  const since = headline.since ?? (isOk && client.moment === null ? client.noMismatchSince : null);
  const sinceLabel = isOk ? "without a mismatch" : headline.sinceLabel;
  return (
    <section
      className={`band band-${headline.variant} verdict-${headline.glyph === "settling" ? "suspected" : headline.glyph}`}
      aria-label="Summary"
    >
      <Glyph name={headline.glyph} size={28} />
      <div className="band-text">
        <h1 className="band-sentence">{headline.sentence}</h1>
        <p className="band-detail">
          {headline.detail.map((part, i) =>
            typeof part === "string" ? (
              part
            ) : (
              <b className="num" key={`${i}-${part.emphasized}`}>
                {part.emphasized}
              </b>
            ),
          )}
        </p>
      </div>
      {since !== null && (
        <div className="band-since">
          <ElapsedTime since={since} className="band-duration" />
          <span className="band-since-label num">
            {isDisconnected ? `as of ${formatTimeOfDay(client.time().now)}` : sinceLabel}
          </span>
        </div>
      )}
    </section>
  );
}
