import type { Incident } from "../../server/contract/incident.ts";
import { type IncidentMessage, incidentTimeline } from "../lib/incident-view.ts";
import { formatElapsed } from "../lib/quantity-format.ts";
import { formatDate, formatPreciseTime } from "../lib/time-format.ts";
import type { Resource } from "../state/use-resource.ts";
import { Glyph } from "./glyph.tsx";
import { PageLink } from "./page-link.tsx";

interface IncidentTimelineProps {
  readonly incident: Incident;
  readonly messages: Resource<readonly IncidentMessage[]>;
}

/** What happened, with the clock and the time since the first failed probe. */
export function IncidentTimeline({ incident, messages }: IncidentTimelineProps) {
  const entries = incidentTimeline(incident, messages.kind === "ready" ? messages.value : []);
  const began = entries[0]?.at ?? 0;
  return (
    <>
      <ol className="timeline">
        {entries.map(({ at, glyph, strong, text, code, notification }, i) => {
          const day = formatDate(at);
          const isNewDay = day !== formatDate(entries[i - 1]?.at ?? began);
          return (
            <li
              key={`${i}-${at}`}
              className={glyph === null ? "" : `verdict-${glyph === "settling" ? "suspected" : glyph}`}
            >
              <span className="timeline-time num">
                {isNewDay && <span className="muted">{day}</span>}
                <time className="mono" dateTime={new Date(at).toISOString()}>
                  {formatPreciseTime(at)}
                </time>
                <span className="muted">{at === began ? "0" : formatOffset(at - began)}</span>
              </span>
              <span className="timeline-mark">
                {glyph === null ? <span className="timeline-dot" /> : <Glyph name={glyph} />}
              </span>
              <p>
                <b>{strong}</b>
                {text}
                {code !== "" && (
                  <>
                    {": "}
                    <code className="mono">{code}</code>
                  </>
                )}
                {notification !== null && (
                  <>
                    {" "}
                    <PageLink to={{ page: "notifications", id: notification }}>message</PageLink>
                  </>
                )}
              </p>
            </li>
          );
        })}
      </ol>
      {messages.kind === "failed" && <p className="muted">Messages could not be loaded: {messages.error}</p>}
    </>
  );
}

/** `+0.2 s`, `+1 min 35 s`. */
function formatOffset(ms: number): string {
  return ms < 10_000 ? `+${(ms / 1_000).toFixed(1)} s` : `+${formatElapsed(ms)}`;
}
