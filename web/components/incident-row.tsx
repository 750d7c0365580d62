import type { Incident } from "../../server/contract/incident.ts";
import { VERDICT_LABELS } from "../lib/display-verdict.ts";
import { incidentDuration, incidentName, incidentPlace, incidentUnit, incidentVerdict } from "../lib/incident-view.ts";
import { formatMisrouted } from "../lib/mismatch-group.ts";
import { formatElapsed } from "../lib/quantity-format.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useSites } from "../state/dashboard-client-context.ts";
import { ElapsedTime } from "./elapsed-time.tsx";
import { Glyph } from "./glyph.tsx";
import { Name } from "./name.tsx";
import { PageLink } from "./page-link.tsx";

/** An incident in a list, a link to its page. Only one that is open has its verdict's colour. */
export function IncidentRow({ incident, now }: { incident: Incident; now: number }) {
  const { id, state, suspectedAt, sentence, sessions, acknowledgement, expected, flaps, urgency } = incident;
  const verdict = incidentVerdict(incident);
  const spansSites = useSites().length > 1;
  const isOver = state === "ended";
  const since = Date.parse(suspectedAt);
  return (
    <li>
      <PageLink
        to={{ page: "incidents", id }}
        className={
          isOver
            ? "incident-row incident-over"
            : `incident-row verdict-${expected === null ? verdict : "out-of-service"}`
        }
      >
        <span className="incident-verdict">
          <Glyph name={verdict} />
          {VERDICT_LABELS[verdict].label}
        </span>
        <b className="incident-name">
          <Name text={incidentName(incident, spansSites)} />
        </b>
        <span className="incident-place truncate">{incidentPlace(incident)}</span>
        <span className="incident-sentence truncate">{sentence}</span>
        <span className="incident-tags">
          {state === "healing" && <span className="tag">recovering</span>}
          {urgency === "critical" && !isOver && <span className="tag">critical</span>}
          {acknowledgement !== null && <span className="tag truncate">{acknowledgement.name} has it</span>}
          {expected !== null && <span className="tag">expected</span>}
          {flaps > 0 && <span className="tag num">flapped {flaps}</span>}
        </span>
        <span className="incident-sessions num">{formatMisrouted(sessions, incidentUnit(incident))}</span>
        <span className="incident-since num" title={suspectedAt}>
          {formatTimestamp(since, now)}
        </span>
        <span className="incident-duration num">
          {isOver ? formatElapsed(incidentDuration(incident, now)) : <ElapsedTime since={since} />}
        </span>
      </PageLink>
    </li>
  );
}
