import { useMemo } from "react";
import type { Incident } from "../../server/contract/incident.ts";
import { IncidentRow } from "../components/incident-row.tsx";
import { ResourceView } from "../components/resource-view.tsx";
import { SearchField } from "../components/search-field.tsx";
import { SiteControls } from "../components/site-controls.tsx";
import { VERDICT_LABELS } from "../lib/display-verdict.ts";
import { incidentAt } from "../lib/incident-at.ts";
import { type IncidentFilter, matchesIncident } from "../lib/incident-view.ts";
import { formatPlural } from "../lib/quantity-format.ts";
import { dateInputValue, endOfDay, formatDate } from "../lib/time-format.ts";
import { useDashboardClient, usePast } from "../state/dashboard-client-context.ts";
import { useIncidentList } from "../state/use-incident-list.ts";
import { useKeyboardShortcuts } from "../state/use-keyboard-shortcuts.ts";
import { useSearchParameters } from "../state/use-search-parameters.ts";
import { useSiteParameters } from "../state/use-site-parameters.ts";
import { IncidentPage } from "./incident.tsx";
import "./incidents.css";

const STATES = ["all", "open", "ended"] as const;
const VERDICTS = ["false-up", "false-down"] as const;

/** The incidents, or one of them. */
export default function Incidents({ id }: { id: string | null }) {
  const [parameters] = useSearchParameters();
  const moment = usePast()?.at ?? null;
  if (id !== null) return <IncidentPage key={id} id={id} />;
  const day = parameters.get("until") ?? "";
  const ends = [moment, endOfDay(day)].filter((end) => end !== null);
  const until = ends.length === 0 ? null : Math.min(...ends);
  return <IncidentList key={until} until={until} />;
}

/** Open incidents first, then those that ended, by day; filters are in the address. `until`: milliseconds since 1970. */
function IncidentList({ until }: { until: number | null }) {
  const client = useDashboardClient();
  const [parameters, change] = useSearchParameters();
  const moment = usePast()?.at ?? null;
  const list = useIncidentList(until);
  const sites = useSiteParameters();
  const filter = useMemo(() => readFilter(parameters, sites.selected), [parameters, sites.selected]);
  const shown = useMemo(() => {
    const then = moment === null ? list.incidents : list.incidents.map((incident) => incidentAt(incident, moment));
    return then.filter((incident) => incident !== null && matchesIncident(filter, incident)) as readonly Incident[];
  }, [list.incidents, moment, filter]);
  const clear = (): void => change({ state: "", verdict: "", q: "", until: "", site: "" });
  useKeyboardShortcuts({
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    ArrowDown: () => moveFocus(1),
    ArrowUp: () => moveFocus(-1),
    Escape: clear,
  });
  const now = moment ?? client.time().now;
  const open = shown.filter(({ state }) => state !== "ended");
  const sections = sites.isGrouped ? bySite(shown) : byTime(shown, now);
  const isFiltered =
    filter.state !== "all" ||
    filter.verdict !== null ||
    filter.text !== "" ||
    filter.sites.length > 0 ||
    until !== moment;
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
        <SiteControls {...sites} counts={sites.count(list.incidents.map(({ site }) => [site]))} />
        <label className="until">
          Until{" "}
          <input
            type="date"
            max={dateInputValue(client.time().wall)}
            value={parameters.get("until") ?? ""}
            onChange={(event) => change({ until: event.currentTarget.value })}
          />
        </label>
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
            {open.length === 0 && !isFiltered && (
              <p className="block list-empty">
                <b>No incident is open.</b>{" "}
                {shown.length === 0 && "A mismatch that is confirmed appears here, with everything that happened."}
              </p>
            )}
            {shown.length === 0 && isFiltered && (
              <div className="no-match block">
                <p>
                  <b>No incident matches.</b> {formatPlural(list.incidents.length, "is", "are")} hidden by the filters.
                </p>
                <button type="button" className="button" onClick={clear}>
                  Clear
                </button>
              </div>
            )}
            {sections.map(({ label, title, incidents }) => (
              <section className="block" key={label} aria-label={label}>
                <h2 className="list-head num">
                  {title} <span className="muted">{incidents.length}</span>
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

/** A part of the list below a head. */
interface Section {
  readonly label: string;
  readonly title: string;
  readonly incidents: readonly Incident[];
}

/** Those that are open, then those that ended, by day. */
function byTime(shown: readonly Incident[], now: number): readonly Section[] {
  const open = shown.filter(({ state }) => state !== "ended");
  const days = Map.groupBy(
    shown.filter(({ state }) => state === "ended"),
    ({ endedAt, confirmedAt }) => formatDate(Date.parse(endedAt ?? confirmedAt)),
  );
  return [
    ...(open.length === 0 ? [] : [{ label: "Open incidents", title: "Open", incidents: open }]),
    ...Array.from(days, ([day, incidents]) => ({
      label: `Ended ${day}`,
      title: day === formatDate(now) ? "Today" : day,
      incidents,
    })),
  ];
}

/** The sites, those with an open incident first, then by name; in each the open ones first. */
function bySite(shown: readonly Incident[]): readonly Section[] {
  const isOver = ({ state }: Incident): number => Number(state === "ended");
  return [...Map.groupBy(shown, ({ site }) => site)]
    .map(([site, incidents]) => ({
      label: site,
      title: site,
      incidents: incidents.toSorted((a, b) => isOver(a) - isOver(b)),
    }))
    .sort((a, b) => {
      const [first, second] = [a, b].map(({ incidents: [newest] }) => (newest === undefined ? 1 : isOver(newest)));
      return (first ?? 1) - (second ?? 1) || (a.label < b.label ? -1 : 1);
    });
}

function readFilter(parameters: URLSearchParams, sites: readonly string[]): IncidentFilter {
  const state = STATES.find((each) => each === parameters.get("state")) ?? "all";
  const verdict = VERDICTS.find((each) => each === parameters.get("verdict")) ?? null;
  return { state, verdict, sites, text: (parameters.get("q") ?? "").slice(0, 200) };
}

/** Moves the focus among the rows. */
function moveFocus(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>(".incident-row")];
  const at = rows.findIndex((row) => row === document.activeElement);
  rows[at === -1 ? 0 : Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
}
