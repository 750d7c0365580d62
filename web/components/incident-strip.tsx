import { type CSSProperties, Fragment } from "react";
import type { ServerHistory } from "../../server/contract/history.ts";
import type { Incident } from "../../server/contract/incident.ts";
import { incidentVerdict } from "../lib/incident-view.ts";
import { mergeLanes, splitLanes } from "../lib/merge-lanes.ts";
import { niceTickMs } from "../lib/nice-ticks.ts";
import { joinReloads } from "../lib/reload-times.ts";
import { toRun } from "../lib/recorded-strips.ts";
import { axisTicks } from "../lib/strip-marks.ts";
import { formatTimeOfDay, zoneOffset } from "../lib/time-format.ts";
import { incidentRange } from "../state/use-incident-records.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import type { Resource } from "../state/use-resource.ts";
import { SvgStrip } from "./svg-strip.tsx";

interface IncidentStripProps {
  readonly incident: Incident;
  readonly history: Resource<ServerHistory>;
  readonly now: number;
}

/** Less than this part of the width apart, one label hides the other. */
const LABEL_PART = 0.12;

/** Both lanes from a minute before the incident to now, or to a minute after its end. */
export function IncidentStrip({ incident, history, now }: IncidentStripProps) {
  const { from, to } = incidentRange(incident, now);
  const began = Date.parse(incident.suspectedAt);
  const place = (at: number): number => (at - from) / (to - from);
  const first = incidentVerdict(incident) === "false-up" ? "first failed probe" : "first passed probe";
  const tickMs = niceTickMs(to - from);
  const ticks = axisTicks(from, to, tickMs, zoneOffset(to)).filter(
    (at) => Math.abs(place(at) - place(began)) > LABEL_PART && place(at) < 1 - LABEL_PART && place(at) > 0.02,
  );
  const isOver = incident.endedAt !== null;
  const lanes = history.kind === "ready" ? [...splitLanes(history.value.intervals)] : [];
  const recorded = history.kind === "ready" ? history.value.reloads.map(Date.parse) : [];
  const seen = useDashboardClient().reloadsOf(incident.members.map(({ key }) => key));
  return (
    <section className="block incident-strip" aria-label="Both sides over time">
      <span className="card-strip-labels muted">
        HAProxy
        <br />
        haprobe
      </span>
      <div>
        {history.kind === "ready" ? (
          <SvgStrip
            runs={mergeLanes(history.value.intervals).map(toRun)}
            from={from}
            to={to}
            height={44}
            reloads={joinReloads(seen, recorded)}
            label={`${incident.sentence}, since ${formatTimeOfDay(began)}`}
          />
        ) : (
          <div className="incident-strip-empty muted">
            {history.kind === "failed" ? `The strip could not be loaded: ${history.error}` : ""}
          </div>
        )}
        <span className="strip-times num" aria-hidden="true">
          <StripTime place={place(began)}>{`${formatTimeOfDay(began)} ${first}`}</StripTime>
          {ticks.map((at) => (
            <StripTime key={at} place={place(at)}>
              {formatTimeOfDay(at).slice(0, tickMs < 60_000 ? 8 : 5)}
            </StripTime>
          ))}
          <b className="strip-now">
            {formatTimeOfDay(to)}
            {!isOver && " now"}
          </b>
        </span>
      </div>
      {lanes.length > 1 &&
        lanes.map(([vantage, lane]) => (
          <Fragment key={vantage}>
            <span className="vantage-lane-name muted truncate" title={vantage}>
              {vantage}
            </span>
            <SvgStrip runs={lane.map(toRun)} from={from} to={to} height={22} label={`As ${vantage} saw it`} />
          </Fragment>
        ))}
    </section>
  );
}

function StripTime({ place, children }: { place: number; children: string }) {
  return (
    <span
      className={place > 0.8 ? "strip-time strip-time-right" : "strip-time"}
      style={{ "--place": `${place * 100}%` } as CSSProperties}
    >
      {children}
    </span>
  );
}
