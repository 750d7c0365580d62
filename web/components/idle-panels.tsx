import { CHECK_DEPTHS, type CountedDepth, countByDepth, DEPTH_LABELS, probePace } from "../lib/check-depths.ts";
import { sumLastDays } from "../lib/last-days.ts";
import { formatElapsed, formatMilliseconds, formatPlural, formatThousands } from "../lib/quantity-format.ts";
import { routeOf } from "../lib/route.ts";
import { useDashboardClient, useIncidents } from "../state/dashboard-client-context.ts";
import type { FleetView } from "../state/use-fleet-view.ts";
import { IncidentRow } from "./incident-row.tsx";
import { PageLink } from "./page-link.tsx";
import "../pages/incidents.css";
import "./facts.css";
import "./idle-panels.css";

const INSTANCES_SHOWN = 3;
const INCIDENTS_SHOWN = 3;
const WEEK_MS = 7 * 86_400_000;

/** While there is no mismatch: which servers can be falsely UP, what is watched, and the last days. */
export function IdlePanels({ view }: { view: FleetView }) {
  return (
    <div className="idle">
      <CheckDepths view={view} />
      <Watching view={view} />
      <LastDays />
    </div>
  );
}

function CheckDepths({ view: { servers, fleet } }: { view: FleetView }) {
  const counts = countByDepth(servers);
  const total = CHECK_DEPTHS.reduce((sum, depth) => sum + counts[depth], 0);
  const { canBeFalselyUp } = fleet.summary;
  const startOf = (depth: CountedDepth): number =>
    CHECK_DEPTHS.slice(0, CHECK_DEPTHS.indexOf(depth)).reduce((sum, each) => sum + counts[each], 0);
  return (
    <section className="block idle-panel" aria-label="Health checks">
      <div className="drawer-title-line">
        <h2 className="idle-title">
          {canBeFalselyUp === 0
            ? `No server of ${formatThousands(servers.length)} can be falsely UP`
            : `${formatThousands(canBeFalselyUp)} of ${formatPlural(servers.length, "server")} can be falsely UP`}
        </h2>
        <PageLink to={routeOf("findings")}>Findings</PageLink>
      </div>
      {total > 0 && (
        <svg className="depth-bar" width="100%" height="10" aria-hidden="true">
          {CHECK_DEPTHS.map((depth) => (
            <rect
              key={depth}
              className={`depth-${depth}`}
              x={`${(startOf(depth) / total) * 100}%`}
              width={`${(counts[depth] / total) * 100}%`}
              height="10"
            />
          ))}
        </svg>
      )}
      <ul className="depth-legend">
        {CHECK_DEPTHS.filter((depth) => counts[depth] > 0).map((depth) => (
          <li key={depth}>
            <svg width="8" height="8" aria-hidden="true">
              <rect width="8" height="8" rx="1.5" className={`depth-${depth}`} />
            </svg>{" "}
            <b className="num">{formatThousands(counts[depth])}</b> {DEPTH_LABELS[depth]}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Watching({ view: { instances, servers } }: { view: FleetView }) {
  const { targets, medianMs } = probePace(servers);
  return (
    <section className="block idle-panel" aria-label="Watching">
      <h2 className="idle-title">Watching</h2>
      <dl className="facts num">
        {instances.slice(0, INSTANCES_SHOWN).map(({ name, version, everyMs, pollDurationMs }) => (
          <div key={name}>
            <dt className="muted truncate" title={name}>
              {name}
            </dt>
            <dd>
              HAProxy {version ?? ""}, polled every {(everyMs / 1_000).toFixed(1)} s
              {pollDurationMs !== null && `, takes ${formatMilliseconds(Math.round(pollDurationMs * 10) / 10)}`}
            </dd>
          </div>
        ))}
        {instances.length > INSTANCES_SHOWN && (
          <div>
            <dt className="muted" />
            <dd className="muted">and {instances.length - INSTANCES_SHOWN} more</dd>
          </div>
        )}
        {targets > 0 && (
          <div>
            <dt className="muted">probes</dt>
            <dd>
              {formatPlural(targets, "target")}
              {medianMs !== null && `, median ${formatMilliseconds(Math.round(medianMs * 10) / 10)}`}
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function LastDays() {
  const { now } = useDashboardClient().time();
  const { incidents, falselyUpMs, sessions, noticed, falseUps, worstLagMs } = sumLastDays(useIncidents(), now, WEEK_MS);
  return (
    <section className="block idle-panel" aria-label="Last 7 days">
      <h2 className="idle-title">Last 7 days</h2>
      <dl className="facts facts-wide num">
        <div>
          <dt className="muted">mismatches</dt>
          <dd>
            {formatPlural(incidents, "incident")}
            {falseUps > 0 && `, falsely UP for ${formatElapsed(falselyUpMs)}`}
          </dd>
        </div>
        <div>
          <dt className="muted">sent to them</dt>
          <dd>{formatThousands(sessions)} sessions and requests</dd>
        </div>
        <div>
          <dt className="muted">HAProxy noticed</dt>
          <dd>
            {falseUps === 0 ? "–" : `${noticed} of ${falseUps}`}
            {worstLagMs !== null && `, at worst after ${formatElapsed(worstLagMs)}`}
          </dd>
        </div>
      </dl>
    </section>
  );
}

/** The incidents that ended last. */
export function LastIncidents() {
  const now = useDashboardClient().time().now;
  const ended = useIncidents().filter(({ state }) => state === "ended");
  if (ended.length === 0) return null;
  return (
    <section className="block" aria-label="Last incidents">
      <div className="list-head">
        Last incidents
        <PageLink to={routeOf("incidents")}>All</PageLink>
      </div>
      <ol>
        {ended.slice(0, INCIDENTS_SHOWN).map((incident) => (
          <IncidentRow key={incident.id} incident={incident} now={now} />
        ))}
      </ol>
    </section>
  );
}
