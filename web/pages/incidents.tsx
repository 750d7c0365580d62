import { useMemo } from "react";
import type { Incident } from "../../server/contract/incident.ts";
import { IncidentRow } from "../components/incident-row.tsx";
import { ResourceView } from "../components/resource-view.tsx";
import { SearchField } from "../components/search-field.tsx";
import { VERDICT_LABELS } from "../lib/display-verdict.ts";
import { incidentAt } from "../lib/incident-at.ts";
import { type IncidentFilter, matchesIncident } from "../lib/incident-view.ts";
import { formatPlural } from "../lib/quantity-format.ts";
import { formatDate } from "../lib/time-format.ts";
import { useDashboardClient, usePast } from "../state/dashboard-client-context.ts";
import { useIncidentList } from "../state/use-incident-list.ts";
import { useKeyboardShortcuts } from "../state/use-keyboard-shortcuts.ts";
import { useSearchParameters } from "../state/use-search-parameters.ts";
import { IncidentPage } from "./incident.tsx";
import "./incidents.css";

const STATES = ["all", "open", "ended"] as const;
const VERDICTS = ["false-up", "false-down"] as const;

/** The incidents, or one of them. */
export default function Incidents({ id }: { id: string | null }) {
  return id === null ? <IncidentList /> : <IncidentPage key={id} id={id} />;
}

/** Open incidents first, then those that ended, by day; filters are in the address. */
function IncidentList() {
  const client = useDashboardClient();
  const [parameters, change] = useSearchParameters();
  const moment = usePast()?.at ?? null;
  const list = useIncidentList();
  const filter = useMemo(() => readFilter(parameters), [parameters]);
  const shown = useMemo(() => {
    const then = moment === null ? list.incidents : list.incidents.map((incident) => incidentAt(incident, moment));
    return then.filter((incident) => incident !== null && matchesIncident(filter, incident)) as readonly Incident[];
  }, [list.incidents, moment, filter]);
  useKeyboardShortcuts({
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    ArrowDown: () => moveFocus(1),
    ArrowUp: () => moveFocus(-1),
    Escape: () => change({ state: "", verdict: "", q: "" }),
  });
  const now = moment ?? client.time().now;
  const open = shown.filter(({ state }) => state !== "ended");
  const days = [
    ...Map.groupBy(
      shown.filter(({ state }) => state === "ended"),
      ({ endedAt, confirmedAt }) => formatDate(Date.parse(endedAt ?? confirmedAt)),
    ),
  ];
  const isFiltered = filter.state !== "all" || filter.verdict !== null || filter.text !== "";
  return (
    <div className="content">
      <h1 className="visually-hidden">Incidents</h1>
      <div className="filters">
        <SearchField label="Search incidents" text={filter.text} onText={(q) => change({ q })} />
        <div className="segments" role="group" aria-label="State">
          {STATES.map((state) => (
            <button
              key={state}
              type="button"
              className="button segment"
              aria-pressed={filter.state === state}
              onClick={() => change({ state: state === "all" ? "" : state })}
            >
              {state === "all" ? "All" : state === "open" ? "Open" : "Ended"}
            </button>
          ))}
        </div>
        {VERDICTS.map((verdict) => (
          <button
            key={verdict}
            type="button"
            className="button filter-toggle"
            aria-pressed={filter.verdict === verdict}
            onClick={() => change({ verdict: filter.verdict === verdict ? "" : verdict })}
          >
            {VERDICT_LABELS[verdict].label}
          </button>
        ))}
        <span className="filters-count muted num">{formatPlural(shown.length, "incident")}</span>
      </div>
      <ResourceView resource={list.resource} name="Incidents" onRetry={list.retry}>
        {({ complete }) => (
          <>
            {!complete && (
              <p className="block part-failed" role="status">
                <b>Older incidents may be missing</b> while the store cannot be read.
              </p>
            )}
            {open.length > 0 && (
              <section className="block" aria-label="Open incidents">
                <h2 className="list-head">
                  Open <span className="num muted">{open.length}</span>
                </h2>
                <ul>
                  {open.map((incident) => (
                    <IncidentRow key={incident.id} incident={incident} now={now} />
                  ))}
                </ul>
              </section>
            )}
            {open.length === 0 && !isFiltered && (
              <p className="block list-empty">
                <b>No incident is open.</b>{" "}
                {days.length === 0 && "A mismatch that is confirmed appears here, with everything that happened."}
              </p>
            )}
            {shown.length === 0 && isFiltered && (
              <div className="no-match block">
                <p>
                  <b>No incident matches.</b> {formatPlural(list.incidents.length, "is", "are")} hidden by the filters.
                </p>
                <button type="button" className="button" onClick={() => change({ state: "", verdict: "", q: "" })}>
                  Clear
                </button>
              </div>
            )}
            {days.map(([day, incidents]) => (
              <section className="block" key={day} aria-label={`Ended ${day}`}>
                <h2 className="list-head num">
                  {day === formatDate(now) ? "Today" : day} <span className="muted">{incidents.length}</span>
                </h2>
                <ul>
                  {incidents.map((incident) => (
                    <IncidentRow key={incident.id} incident={incident} now={now} />
                  ))}
                </ul>
              </section>
            ))}
            {list.hasOlder && (
              <div className="list-older">
                <button type="button" className="button" disabled={list.isLoadingOlder} onClick={list.loadOlder}>
                  Older incidents
                </button>
                {list.olderError !== null && <span role="alert">{list.olderError}</span>}
              </div>
            )}
          </>
        )}
      </ResourceView>
    </div>
  );
}

function readFilter(parameters: URLSearchParams): IncidentFilter {
  const state = STATES.find((each) => each === parameters.get("state")) ?? "all";
  const verdict = VERDICTS.find((each) => each === parameters.get("verdict")) ?? null;
  return { state, verdict, text: (parameters.get("q") ?? "").slice(0, 200) };
}

/** Moves the focus among the rows. */
function moveFocus(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>(".incident-row")];
  const at = rows.findIndex((row) => row === document.activeElement);
  rows[at === -1 ? 0 : Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
}
