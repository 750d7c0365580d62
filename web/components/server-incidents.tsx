import type { Incident } from "../../server/contract/incident.ts";
import { formatMisrouted } from "../lib/mismatch-group.ts";
import { formatElapsed } from "../lib/quantity-format.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { ElapsedTime } from "./elapsed-time.tsx";
import { Glyph } from "./glyph.tsx";
import { PageLink } from "./page-link.tsx";
import { VERDICT_LABELS } from "../lib/display-verdict.ts";

const SHOWN = 10;

/** Incidents that this server was a member of, newest first, each a link to its page. */
export function ServerIncidents({ incidents, serverKey }: { incidents: readonly Incident[]; serverKey: string }) {
  const now = useDashboardClient().time().now;
  const own = incidents.filter(({ members }) => members.some(({ key }) => key === serverKey));
  return (
    <section className="drawer-section" aria-label="Incidents">
      <h3 className="detail-title">Incidents</h3>
      {own.length === 0 && <p className="muted">{noneText(incidents.length)}</p>}
      <ol className="changes">
        {own.slice(0, SHOWN).map((incident) => (
          <IncidentLine key={incident.id} incident={incident} now={now} />
        ))}
      </ol>
      {own.length > SHOWN && <p className="muted">and {own.length - SHOWN} more</p>}
    </section>
  );
}

function noneText(looked: number): string {
  return looked === 0 ? "None." : `None among the newest ${looked} of all servers.`;
}

function IncidentLine({ incident, now }: { incident: Incident; now: number }) {
  const { id, verdict, suspectedAt, endedAt, sessions, sentence, backends } = incident;
  const since = Date.parse(suspectedAt);
  const name = verdict === "false-down" ? "false-down" : "false-up";
  const isOver = endedAt !== null;
  return (
    <li className={isOver ? "muted verdict-unknown" : `verdict-${name}`}>
      <PageLink to={{ page: "incidents", id }} className="num">
        {formatTimestamp(since, now)}
      </PageLink>
      <span className={isOver ? "change-verdict" : "change-verdict verdict-text"}>
        <Glyph name={name} />
        {VERDICT_LABELS[name].label}
      </span>
      <span className="change-sentence">
        {sentence}
        {sessions > 0 && `; ${formatMisrouted(sessions, backends[0]?.unit ?? "sessions")}`}
      </span>
      <span className="num change-duration">
        {endedAt === null ? <ElapsedTime since={since} /> : formatElapsed(Date.parse(endedAt) - since)}
      </span>
    </li>
  );
}
