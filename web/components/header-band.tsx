import type { Headline } from "../lib/headline.ts";
import { timeOfDay } from "../lib/clock-words.ts";
import { useSession } from "../state/session-context.ts";
import { Glyph } from "./glyph.tsx";
import { Since } from "./since.tsx";
import "./header-band.css";

const TINT = { critical: "fu", "false-down": "fd", suspected: "su", unknown: "un", calm: "up" } as const;

/** The sentence: what is wrong, since when, how bad, what to do. Only a lie fills the band. */
export function HeaderBand({ headline, isLost }: { headline: Headline; isLost: boolean }) {
  const session = useSession();
  const isCalm = headline.look === "calm";
  const since = headline.since ?? (isCalm ? session.calmSince : null);
  const word = isCalm ? "no mismatch seen here" : headline.sinceWord;
  return (
    <section className={`band band-${headline.look} ${TINT[headline.look]}`} aria-label="In one sentence">
      <Glyph name={headline.glyph} size={28} />
      <div className="band-words">
        <h1 className="band-sentence">{headline.sentence}</h1>
        <p className="band-detail">
          {headline.detail.map((part, i) =>
            typeof part === "string" ? (
              part
            ) : (
              <b className="num" key={`${i}-${part.fact}`}>
                {part.fact}
              </b>
            ),
          )}
        </p>
      </div>
      {since !== null && (
        <div className="band-since">
          <Since at={since} className="band-duration" />
          <span className="band-since-word num">{isLost ? `as of ${timeOfDay(session.time().now)}` : word}</span>
        </div>
      )}
    </section>
  );
}
