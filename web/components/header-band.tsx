import type { Headline } from "../lib/headline.ts";
import { formatTimeOfDay } from "../lib/time-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { Glyph } from "./glyph.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import "./header-band.css";

const COLOUR_CLASSES = { critical: "fu", "false-down": "fd", suspected: "su", unknown: "un", calm: "up" } as const;

/** The sentence: what is wrong, since when, how bad, what to do. Only a lie fills the band. */
export function HeaderBand({ headline, isLost }: { headline: Headline; isLost: boolean }) {
  const session = useDashboardClient();
  const isCalm = headline.variant === "calm";
  const since = headline.since ?? (isCalm ? session.noMismatchSince : null);
  const word = isCalm ? "no mismatch seen here" : headline.sinceLabel;
  return (
    <section
      className={`band band-${headline.variant} ${COLOUR_CLASSES[headline.variant]}`}
      aria-label="In one sentence"
    >
      <Glyph name={headline.glyph} size={28} />
      <div className="band-words">
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
          <span className="band-since-word num">{isLost ? `as of ${formatTimeOfDay(session.time().now)}` : word}</span>
        </div>
      )}
    </section>
  );
}
