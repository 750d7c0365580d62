import type { ServerStatus, VantageSide } from "../../server/contract/status.ts";
import type { VantageReport } from "../../server/contract/vantage.ts";
import { displayVerdictOf, glyphOf, verdictClass, verdictLabel } from "../lib/display-verdict.ts";
import { formatAge } from "../lib/quantity-format.ts";
import { PROBE_STALE_AFTER_MS } from "../lib/staleness.ts";
import { checkText, probeSideText } from "../lib/server-text.ts";
import type { TickTime } from "../lib/ticker.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { uncountedText } from "../lib/vantage-text.ts";
import { Glyph } from "./glyph.tsx";
import { LiveText } from "./live-text.tsx";
import { Name } from "./name.tsx";
import "./server-vantages.css";

interface ServerVantagesProps {
  readonly server: ServerStatus;
  /** Those of the hub, with the newest time at which each was heard. */
  readonly vantages: readonly VantageReport[];
  readonly now: number;
  readonly isPast: boolean;
}

/** What each vantage says of a server by itself: HAProxy and its probe, and why it does not count. Nothing where one judges alone. */
export function ServerVantages({ server, vantages, now, isPast }: ServerVantagesProps) {
  if (server.probes.length === 0) return null;
  return (
    <section className="drawer-section" aria-label="Vantages">
      <h3 className="detail-title">Vantages</h3>
      <ul className="vantage-sides">
        {server.probes.map((side) => (
          <VantageLine
            key={side.vantage}
            side={side}
            decides={side.vantage === server.probe.vantage}
            instance={server.instance}
            heardAt={heardAtOf(side, server.site, vantages)}
            now={now}
            isPast={isPast}
          />
        ))}
      </ul>
      {isPast && (
        <p className="detail-facts">
          As each vantage judged then; they are joined by what is known now of which one stands beside HAProxy.
        </p>
      )}
    </section>
  );
}

interface VantageLineProps {
  readonly side: VantageSide;
  readonly decides: boolean;
  readonly instance: string;
  readonly heardAt: number;
  readonly now: number;
  readonly isPast: boolean;
}

function VantageLine({ side, decides, instance, heardAt, now, isPast }: VantageLineProps) {
  const verdict = { ...side, expected: null };
  const probe = probeSideText(side);
  return (
    <li className={verdictClass(displayVerdictOf(verdict))}>
      <span className="vantage-name">
        <b>
          <Name text={side.vantage} />
        </b>
        {side.home && <span className="muted">beside {instance}</span>}
        {decides && <span className="tag">decides</span>}
      </span>
      <span className="vantage-side">
        <span className="muted">HAProxy</span> <b>{side.haproxy.status}</b>{" "}
        <span className="mono">{checkText(side.haproxy)}</span>
      </span>
      <span className="vantage-side">
        <span className="muted">haprobe</span> <b>{probe.primary}</b>{" "}
        {probe.failing === "" ? (
          <span className="mono">{probe.secondary}</span>
        ) : (
          <span className="mono verdict-text">{probe.failing}</span>
        )}
      </span>
      <span className="vantage-verdict">
        <Glyph name={glyphOf(verdict)} size={14} />
        {verdictLabel(verdict)}
      </span>
      {side.uncounted !== null ? (
        <span className="vantage-heard verdict-suspected verdict-text num">
          {uncountedText(side.uncounted, heardAt, now)}
        </span>
      ) : (
        <span className="vantage-heard muted num" title={formatTimestamp(heardAt, now)}>
          {isPast ? "" : <LiveText format={({ now: at }: TickTime) => `heard ${formatAge(at - heardAt)} ago`} />}
        </span>
      )}
    </li>
  );
}

/**
 * The server with the age of what its deciding vantage says: a hub's row is as old as its last change, and holds until that
 * vantage was heard last. Its sessions hold no longer than any others.
 */
export function withHeardTimes(server: ServerStatus, vantages: readonly VantageReport[]): ServerStatus {
  const deciding = server.probes.find(({ vantage }) => vantage === server.probe.vantage);
  if (deciding === undefined) return server;
  const heard = heardAtOf(deciding, server.site, vantages);
  const latest = (at: string | null): string => new Date(Math.max(heard, Date.parse(at ?? "") || 0)).toISOString();
  const { haproxy } = server;
  const heldMs = Math.max(0, heard - Date.parse(haproxy.at));
  const changedSecondsAgo =
    haproxy.changedSecondsAgo === null ? null : haproxy.changedSecondsAgo + Math.round(heldMs / 1_000);
  const sessions = heldMs > PROBE_STALE_AFTER_MS ? { sessionsCurrent: null, sessionsTotal: null } : {};
  return {
    ...server,
    haproxy: { ...haproxy, ...sessions, changedSecondsAgo, at: latest(haproxy.at) },
    probe: { ...server.probe, at: latest(server.probe.at) },
  };
}

/** When a vantage was heard last, by what is known of it now. */
function heardAtOf({ vantage: label, heardAt }: VantageSide, site: string, vantages: readonly VantageReport[]): number {
  const report = vantages.find(
    (each) => label === (each.site === site ? each.vantage : `${each.vantage}.${each.site}`),
  );
  return Math.max(Date.parse(heardAt), report === undefined ? 0 : Date.parse(report.heardAt));
}
