import { type ReactNode, useState } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { glyphOf, isUnexpectedMismatch, verdictLabel } from "../lib/display-verdict.ts";
import { incidentNumber } from "../lib/incident-view.ts";
import { formatMisrouted } from "../lib/mismatch-group.ts";
import { formatPercent, formatThousands } from "../lib/quantity-format.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient, useIncidents } from "../state/dashboard-client-context.ts";
import { useHealthyLeft } from "../state/use-healthy-left.ts";
import { ElapsedTime } from "./elapsed-time.tsx";
import { Glyph } from "./glyph.tsx";
import { PageLink } from "./page-link.tsx";
import { RemarkForm, type RemarkKind } from "./remark-form.tsx";

interface DrawerHeadProps {
  readonly server: ServerStatus;
  readonly isDisconnected: boolean;
  /** It is shown as of a past moment, whose numbers are not recorded. */
  readonly isPast: boolean;
  /** Names of the server, and the buttons of the drawer. */
  readonly children: ReactNode;
}

/** Verdict, sentence, numbers and actions of a server; tinted while there is a mismatch. */
export function DrawerHead({ server, isDisconnected, isPast, children }: DrawerHeadProps) {
  const client = useDashboardClient();
  const [form, setForm] = useState<RemarkKind | null>(null);
  const incident = useIncidents().find(
    ({ state, members }) => state !== "ended" && members.some(({ key }) => key === server.key),
  );
  const healthyLeft = useHealthyLeft(server);
  const since = Date.parse(server.since);
  const isMismatch = isUnexpectedMismatch(server);
  const others = (incident?.members ?? []).filter(({ key, active }) => active && key !== server.key);
  const acknowledgement = incident?.acknowledgement ?? null;
  return (
    <header className={isMismatch ? "drawer-head drawer-head-mismatch" : "drawer-head"}>
      <div className="drawer-identity">
        <span className="badge">
          <Glyph name={glyphOf(server)} size={14} />
          {verdictLabel(server)}
        </span>
        {server.expected !== null && <span className="tag">expected</span>}
        {children}
      </div>
      <h2 className="drawer-sentence">{server.sentence}</h2>
      {/* What ticks ends its line, and the numbers are one text: nothing moves behind them. */}
      <p className="detail-facts">
        {acknowledgement !== null && (
          <>
            <b>{acknowledgement.name}</b> has it since{" "}
            <span className="num">{formatTimestamp(Date.parse(acknowledgement.at), client.time().now)}</span>
            {acknowledgement.text !== "" && `: ${acknowledgement.text}`}.{" "}
          </>
        )}
        {server.expected !== null && `Expected: ${server.expected}. `}
        {others.length > 0 && `Same on ${[...new Set(others.map(({ instance }) => instance))].join(", ")}. `}
        Since <b className="num">{formatTimestamp(since, client.time().now)}</b>,{" "}
        <b>
          <ElapsedTime since={since} />
        </b>
        {server.verdict === "false-up" && !isPast && (
          <span className="drawer-impact num">
            <b>{formatMisrouted(server.misrouted.sessions, server.misrouted.unit)}</b>{" "}
            {impactText(server.misrouted, healthyLeft)}
          </span>
        )}
      </p>
      {form !== null && incident !== undefined && (
        <RemarkForm
          key={form}
          kind={form}
          incidents={[incident.id]}
          isDisabled={isDisconnected}
          onClose={() => setForm(null)}
        />
      )}
      {incident !== undefined && form === null && (
        <div className="drawer-actions">
          {acknowledgement === null && (
            <button
              type="button"
              className="button button-strong"
              disabled={isDisconnected}
              onClick={() => setForm("acknowledge")}
            >
              Acknowledge
            </button>
          )}
          <button
            type="button"
            className="button"
            disabled={isDisconnected}
            onClick={() => setForm(incident.expected === null ? "expected" : "not-expected")}
          >
            {incident.expected === null ? "Expected…" : "Not expected"}
          </button>
          <PageLink to={{ page: "incidents", id: incident.id }} className="button">
            Incident <span className="mono">{incidentNumber(incident.id)}</span>
          </PageLink>
          <span className="muted card-note">
            {server.haproxy.canNotice === false && "HAProxy's check can't detect this"}
          </span>
        </div>
      )}
    </header>
  );
}

/** `sent to it so far, 33 % of the backend, 4 open now. 2 healthy servers left.` */
function impactText({ share, held }: ServerStatus["misrouted"], healthyLeft: number | null): string {
  const part = share === null ? "" : `, ${formatPercent(share)} of the backend`;
  const open = `${formatThousands(held)} open now`;
  return `sent to it so far${part}, ${open}. ${healthyLeft === null ? "No other server is known to be healthy" : `${serverCount(healthyLeft)} left`}.`;
}

const serverCount = (count: number): string =>
  count === 1 ? "1 healthy server" : `${formatThousands(count)} healthy servers`;
