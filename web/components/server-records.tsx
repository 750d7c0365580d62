import { Fragment, lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import type { HistoryInterval } from "../../server/contract/history.ts";
import type { Incident } from "../../server/contract/incident.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { isMeasured, shadedTimes } from "../lib/chart-data.ts";
import { mergeLanes, splitLanes } from "../lib/merge-lanes.ts";
import { formatList } from "../lib/quantity-format.ts";
import { toRun } from "../lib/recorded-strips.ts";
import type { StripSelection } from "../lib/strip-selection.ts";
import { useAxisEnd } from "../state/use-axis-end.ts";
import { type Resource, useResource } from "../state/use-resource.ts";
import { useServerRecords } from "../state/use-server-records.ts";
import { useViewQuery } from "../state/use-view-query.ts";
import { Fold } from "./fold.tsx";
import { PageBoundary } from "./page-boundary.tsx";
import { RangeControl } from "./range-control.tsx";
import { ServerChanges } from "./server-changes.tsx";
import { ServerIncidents } from "./server-incidents.tsx";
import { StripBrush } from "./strip-brush.tsx";
import { SvgStrip } from "./svg-strip.tsx";

const ServerCharts = lazy(() => import("./server-charts.tsx"));

const INCIDENTS_MAX = 200;
const REFRESH_MIN_MS = 5_000;
/** How often the range is loaded again while it passes once. */
const REFRESHES = 240;
const TICKS = 6;

interface ServerRecordsProps {
  readonly serverKey: string;
  /** Null for a server that HAProxy does not have now. */
  readonly server: ServerStatus | null;
  /** What stands between the strip and the charts. */
  readonly children?: ReactNode;
}

/** What was recorded of a server: its strip, and charts, changes and incidents of the time that is selected on it. */
export function ServerRecords({ serverKey, server, children }: ServerRecordsProps) {
  const [{ range }, change] = useViewQuery();
  const refreshMs = Math.max(REFRESH_MIN_MS, range.ms / REFRESHES);
  const end = useAxisEnd(refreshMs);
  const whole = useMemo(() => ({ from: end - range.ms, to: end }), [end, range]);
  const [selected, select] = useState<StripSelection | null>(null);
  const records = useServerRecords(serverKey, selected ?? whole);
  const [history, retryHistory] = records.history;
  const [series, retrySeries] = records.series;
  const [incidents] = useResource<{ readonly incidents: readonly Incident[] }>(
    `api/v1/incidents?brief=true&limit=${INCIDENTS_MAX}`,
    refreshMs,
  );
  const intervals = useMemo(() => (history.kind === "ready" ? mergeLanes(history.value.intervals) : null), [history]);
  const shaded = useMemo(() => shadedTimes(intervals ?? []), [intervals]);
  const tickMs = selected === null ? range.tickMs : tickOf(selected);
  return (
    <>
      <section className="drawer-section drawer-strip" aria-label="History">
        <span className="drawer-strip-labels muted">
          <span>HAProxy</span>
          <span>haprobe</span>
        </span>
        <StripBrush serverKey={serverKey} range={whole} selected={selected} onSelect={select} />
        {history.kind === "ready" && <VantageLanes intervals={history.value.intervals} {...(selected ?? whole)} />}
        <RangeControl
          range={range}
          onRange={(next) => {
            select(null);
            change({ range: next });
          }}
        />
      </section>
      {children}
      <Failed what="Charts" resource={series} onRetry={retrySeries} />
      {series.kind === "ready" && !isMeasured(series.value) && <NotMeasured server={server} />}
      {series.kind === "ready" && isMeasured(series.value) && (
        <Fold title="Charts">
          <PageBoundary>
            <Suspense fallback={<div className="drawer-section charts-place" />}>
              <ServerCharts series={series.value} mode={server?.mode ?? ""} tickMs={tickMs} shaded={shaded} />
            </Suspense>
          </PageBoundary>
        </Fold>
      )}
      <Failed what="Changes" resource={history} onRetry={retryHistory} />
      {intervals !== null && (
        <ServerChanges
          intervals={intervals}
          now={end}
          namesVantage={history.kind === "ready" && intervals !== history.value.intervals}
        />
      )}
      {incidents.kind === "ready" && <ServerIncidents incidents={incidents.value.incidents} serverKey={serverKey} />}
    </>
  );
}

/** Why there are no charts. */
function NotMeasured({ server }: Pick<ServerRecordsProps, "server">) {
  const vantages = server?.probes.map(({ vantage }) => vantage) ?? [];
  return (
    <section className="drawer-section" aria-label="Charts">
      <h3 className="detail-title">Charts</h3>
      <p className="muted">
        {vantages.length === 0
          ? "Nothing was measured in this time."
          : `Durations and sessions are charted where they are measured: on ${formatList(vantages)}.`}
      </p>
    </section>
  );
}

interface VantageLanesProps {
  readonly intervals: readonly HistoryInterval[];
  readonly from: number;
  readonly to: number;
}

/** A strip for each vantage that recorded; nothing where one alone did, whose strip is the large one. */
function VantageLanes({ intervals, from, to }: VantageLanesProps) {
  const lanes = useMemo(() => [...splitLanes(intervals)], [intervals]);
  if (lanes.length < 2) return null;
  return (
    <div className="vantage-lanes" role="group" aria-label="Each vantage">
      {lanes.map(([vantage, lane]) => (
        <Fragment key={vantage}>
          <span className="vantage-lane-name muted truncate" title={vantage}>
            {vantage}
          </span>
          <SvgStrip runs={lane.map(toRun)} from={from} to={to} height={22} label={laneText(vantage, lane)} />
        </Fragment>
      ))}
    </div>
  );
}

/** What a vantage says at the end: `host-b: HAProxy says UP (L4OK); …`. */
function laneText(vantage: string, lane: readonly HistoryInterval[]): string {
  return `${vantage}: ${lane.at(-1)?.sentence ?? "nothing was recorded"}`;
}

interface FailedProps {
  readonly what: string;
  readonly resource: Resource<unknown>;
  readonly onRetry: () => void;
}

/** Why a part could not be loaded, with a way to try again; nothing where it was. */
function Failed({ what, resource, onRetry }: FailedProps) {
  if (resource.kind === "loading" || resource.error === null) return null;
  return (
    <section className="drawer-section drawer-failed" role="status">
      <p>
        {what} could not be loaded ({resource.error}).
      </p>
      <button type="button" className="button" onClick={onRetry}>
        Try again
      </button>
    </section>
  );
}

const ROUND_STEPS_MS = [1, 2, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 14_400, 43_200, 86_400, 432_000].map(
  (seconds) => seconds * 1_000,
);

/** A round distance of about six ticks within this time. */
function tickOf({ from, to }: StripSelection): number {
  return ROUND_STEPS_MS.find((step) => step * TICKS >= to - from) ?? 432_000_000;
}
