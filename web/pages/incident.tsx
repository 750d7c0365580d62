import { type ReactNode, useState } from "react";
import type { Incident } from "../../server/contract/incident.ts";
import { AreaChart } from "../components/area-chart.tsx";
import { CopyButton } from "../components/copy-button.tsx";
import { ElapsedTime } from "../components/elapsed-time.tsx";
import { Glyph } from "../components/glyph.tsx";
import { IncidentEvidence } from "../components/incident-evidence.tsx";
import { IncidentImpact } from "../components/incident-impact.tsx";
import { IncidentStrip } from "../components/incident-strip.tsx";
import { IncidentTimeline } from "../components/incident-timeline.tsx";
import { MitigationLines } from "../components/mitigation-lines.tsx";
import { PageLink } from "../components/page-link.tsx";
import { RemarkForm, type RemarkKind } from "../components/remark-form.tsx";
import { ResourceView } from "../components/resource-view.tsx";
import { VERDICT_LABELS } from "../lib/display-verdict.ts";
import {
  endText,
  incidentDuration,
  incidentNumber,
  incidentParagraph,
  incidentPlace,
  incidentTitle,
  incidentUnit,
  incidentVerdict,
  incidentName,
  worstBackend,
} from "../lib/incident-view.ts";
import { incidentAt } from "../lib/incident-at.ts";
import { hrefOf } from "../lib/navigation.ts";
import { formatElapsed, formatPercent, formatPlural, formatThousands } from "../lib/quantity-format.ts";
import { routeOf } from "../lib/route.ts";
import { sentTraffic } from "../lib/sent-traffic.ts";
import { formatDate, formatTimeOfDay, formatTimestamp, zoneName } from "../lib/time-format.ts";
import {
  useBackendSize,
  useDashboardClient,
  useIncidents,
  useIsLive,
  useSites,
  usePast,
} from "../state/dashboard-client-context.ts";
import { useHealthyLeft } from "../state/use-healthy-left.ts";
import { incidentRange, useIncidentRecords } from "../state/use-incident-records.ts";
import { useCopyShortcuts } from "../state/use-copy-shortcuts.ts";
import { useIncidentServers } from "../state/use-incident-servers.ts";
import { useKeyboardShortcuts } from "../state/use-keyboard-shortcuts.ts";
import { useResource } from "../state/use-resource.ts";
import "./incident.css";

const REFRESH_MS = 5_000;

/** One incident with everything that is known of it. */
export function IncidentPage({ id }: { id: string }) {
  const version = useIncidents();
  const moment = usePast()?.at ?? null;
  const [incident, retry] = useResource<Incident>(`api/v1/incidents/${encodeURIComponent(id)}`, REFRESH_MS, version);
  return (
    <div className="content">
      <nav className="crumbs" aria-label="Path">
        <PageLink to={routeOf("incidents")}>Incidents</PageLink> <span className="muted">/</span>{" "}
        <span className="mono muted" title={id}>
          {incidentNumber(id)}
        </span>
      </nav>
      <ResourceView resource={incident} name="The incident" onRetry={retry}>
        {(found) => {
          const shown = moment === null ? found : incidentAt(found, moment);
          if (shown === null) return <p className="block list-empty">It had not begun at that time.</p>;
          return <IncidentContent incident={shown} moment={moment} onChange={retry} />;
        }}
      </ResourceView>
    </div>
  );
}

interface IncidentContentProps {
  readonly incident: Incident;
  readonly moment: number | null;
  readonly onChange: () => void;
}

function IncidentContent({ incident, moment, onChange }: IncidentContentProps) {
  const client = useDashboardClient();
  const isLive = useIsLive();
  const spansSites = useSites().length > 1;
  const [form, setForm] = useState<RemarkKind | null>(null);
  const records = useIncidentRecords(incident);
  const { state, suspectedAt, acknowledgement, expected, subject, evidence, urgency, flaps } = incident;
  const verdict = incidentVerdict(incident);
  const now = moment ?? client.time().now;
  const isOver = state === "ended";
  const isPresent = moment === null;
  useKeyboardShortcuts({ a: () => isPresent && setForm("acknowledge") });
  const close = (): void => {
    setForm(null);
    onChange();
  };
  const link = new URL(hrefOf({ page: "incidents", id: incident.id }), window.location.href).href;
  const since = Date.parse(suspectedAt);
  return (
    <article
      className={`incident verdict-${isOver ? "unknown" : verdict}`}
      aria-label={`Incident ${incidentName(incident, spansSites)}`}
    >
      <header className="incident-head">
        <div className="incident-state">
          <span className="badge">
            <Glyph name={verdict} size={14} />
            {VERDICT_LABELS[verdict].label}
          </span>
          <span className={isOver ? "tag" : "tag tag-open"}>{state === "healing" ? "recovering" : state}</span>
          <span className="tag">{urgency}</span>
          {acknowledgement !== null && (
            <span className="tag num">
              acknowledged by {acknowledgement.name} {formatTimestamp(Date.parse(acknowledgement.at), now)}
            </span>
          )}
          {expected !== null && <span className="tag">expected, says {expected.name}</span>}
          {flaps > 0 && <span className="tag num">flapped {formatPlural(flaps, "time")}</span>}
        </div>
        <h1 className="incident-title">{incidentTitle(incident, spansSites)}</h1>
        <p className="incident-where">
          {incidentPlace(incident)}, {subject}, since{" "}
          <span className="num">
            {formatDate(since)} {formatTimeOfDay(since)} {zoneName(since)}
          </span>
        </p>
        <div className="incident-buttons">
          {acknowledgement === null && !isOver && isPresent && (
            <button
              type="button"
              className="button button-strong"
              aria-keyshortcuts="a"
              disabled={!isLive}
              onClick={() => setForm("acknowledge")}
            >
              Acknowledge
            </button>
          )}
          {isPresent && (
            <button
              type="button"
              className="button"
              disabled={!isLive}
              onClick={() => setForm(expected === null ? "expected" : "not-expected")}
            >
              {expected === null ? "Expected…" : "Not expected"}
            </button>
          )}
          <PageLink to={routeOf("notifications")} parameters={{ silence: incident.evidence.key }} className="button">
            Silence…
          </PageLink>
          <CopyButton
            text={incidentParagraph(incident, now, link, spansSites)}
            label="the incident as text"
            caption="Copy as text"
          />
          <a className="button" href={`api/v1/incidents/${encodeURIComponent(incident.id)}?format=markdown`} download>
            Markdown
          </a>
          <PageLink to={{ page: "servers", key: evidence.key }} className="button">
            Server
          </PageLink>
        </div>
      </header>
      {form !== null && (
        <div className="block">
          <RemarkForm key={form} kind={form} incidents={[incident.id]} isDisabled={!isLive} onClose={close} />
        </div>
      )}
      <IncidentFacts incident={incident} now={now} />
      {expected !== null && <p className="block list-empty">Expected: {expected.text}</p>}
      <IncidentStrip incident={incident} history={records.history} now={now} />
      {!isOver && isPresent && <WhatToDo incident={incident} />}
      <div className="incident-columns">
        <section className="block panel" aria-label="What happened">
          <h2 className="panel-title">What happened</h2>
          <IncidentTimeline incident={incident} messages={records.messages} />
          {isPresent && (
            <RemarkForm kind="notes" incidents={[incident.id]} isDisabled={!isLive} onClose={onChange} isInline />
          )}
        </section>
        <div className="incident-side">
          <SentPanel incident={incident} series={records.series} now={now} />
          <IncidentEvidence evidence={evidence} />
          <IncidentImpact incident={incident} />
        </div>
      </div>
    </article>
  );
}

/** What to do while it is open; nothing where all of its servers have another verdict. */
function WhatToDo({ incident }: { incident: Incident }) {
  const servers = useIncidentServers(incident);
  const healthyLeft = useHealthyLeft(servers[0]);
  useCopyShortcuts(servers);
  if (servers.every(({ advice }) => advice === "")) return null;
  return (
    <section className="block panel incident-actions" aria-label="What to do">
      <h2 className="panel-title">What to do</h2>
      <MitigationLines members={servers} healthyLeft={healthyLeft} isOver={false} />
    </section>
  );
}

/** Five facts: duration, what was sent, its share, what is left, how long HAProxy took. */
function IncidentFacts({ incident, now }: { incident: Incident; now: number }) {
  const { state, suspectedAt, sessions, held, detectionLagMs, endedAt } = incident;
  const worst = worstBackend(incident);
  const size = useBackendSize(worst);
  const unit = incidentUnit(incident);
  const isFalseUp = incidentVerdict(incident) === "false-up";
  const share = worst?.share ?? null;
  return (
    <dl className="incident-facts block">
      <Fact
        value={
          endedAt === null ? (
            <ElapsedTime since={Date.parse(suspectedAt)} className="verdict-text" />
          ) : (
            formatElapsed(incidentDuration(incident, now))
          )
        }
        label={state === "ended" ? endText(incident) : state === "healing" ? "recovering" : "open, ongoing"}
      />
      <Fact
        value={formatThousands(sessions)}
        label={`${unit} sent to it${held > 0 ? `, ${formatThousands(held)} open now` : ""}`}
      />
      <Fact
        value={share === null ? "–" : formatPercent(share)}
        label={worst === null ? "of the new sessions" : `of ${worst.backend}'s new ${worst.unit}`}
      />
      <Fact
        value={
          worst === null
            ? "–"
            : size === null
              ? `${worst.healthyLeft}`
              : `${worst.healthyLeft} of ${formatThousands(size)}`
        }
        label={worst?.healthyLeft === 0 ? "no healthy server left" : "healthy servers left"}
      />
      <Fact
        value={isFalseUp ? (detectionLagMs === null ? "never" : formatElapsed(detectionLagMs)) : "–"}
        label={
          isFalseUp
            ? detectionLagMs === null
              ? "HAProxy has not taken it out"
              : "until HAProxy took it out"
            : "HAProxy had taken it out"
        }
      />
    </dl>
  );
}

function Fact({ value, label }: { value: ReactNode; label: string }) {
  return (
    <div className="fact">
      <dt className="fact-label">{label}</dt>
      <dd className="fact-value num">{value}</dd>
    </div>
  );
}

function SentPanel({
  incident,
  series,
  now,
}: {
  incident: Incident;
  series: ReturnType<typeof useIncidentRecords>["series"];
  now: number;
}) {
  const from = Date.parse(incident.suspectedAt);
  const { to } = incidentRange(incident, now);
  const points = series.kind === "ready" ? sentTraffic(series.value, from, to, incident.sessions) : [];
  const isFalseUp = incidentVerdict(incident) === "false-up";
  if (!isFalseUp) return null;
  const title = `${incidentUnit(incident)} sent to ${incidentName(incident)} while falsely up`;
  const { acknowledgement } = incident;
  const marks =
    acknowledgement === null
      ? []
      : [{ at: Date.parse(acknowledgement.at), text: `acknowledged by ${acknowledgement.name}` }];
  return (
    <section className="block panel" aria-label="Sent to it">
      <h2 className="panel-title">{title.charAt(0).toUpperCase() + title.slice(1)}</h2>
      {points.length > 1 ? (
        <AreaChart
          points={points}
          from={from}
          to={to}
          label={`${title}: ${formatThousands(incident.sessions)}`}
          marks={marks.filter(({ at }) => at >= from && at <= to)}
        />
      ) : (
        <p className="muted">
          {series.kind === "failed"
            ? `It could not be loaded: ${series.error}`
            : series.kind === "loading"
              ? " "
              : "No traffic was recorded."}
        </p>
      )}
    </section>
  );
}
