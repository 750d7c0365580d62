import { type ReactNode, useCallback, useMemo } from "react";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import {
  formatAge,
  formatList,
  formatMilliseconds,
  formatShortElapsed,
  formatThousands,
} from "../lib/quantity-format.ts";
import { checkText, depthText } from "../lib/server-text.ts";
import { countersStaleAfterMs, haproxyStaleAfterMs, PROBE_STALE_AFTER_MS } from "../lib/staleness.ts";
import type { TickTime } from "../lib/ticker.ts";
import { VANTAGE_SILENT_AFTER_MS } from "../lib/vantage-text.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useIsStale } from "../state/use-is-stale.ts";
import { LiveText } from "./live-text.tsx";
import { TrafficRate } from "./traffic-rate.tsx";

/** Failing sub-checks that are named; the body contains all of them. */
const FAILING_MAX = 4;

interface HaproxyFactsProps {
  readonly server: ServerStatus;
  /** Undefined once the instance is removed. */
  readonly instance: InstanceStatus | undefined;
  readonly now: number;
  /** It is shown as of a past moment, whose numbers are not recorded. */
  readonly isPast: boolean;
  /** Below the facts. */
  readonly children?: ReactNode;
}

/** What HAProxy says of a server, with its age. */
export function HaproxyFacts({ server, instance, now, isPast, children }: HaproxyFactsProps) {
  const { haproxy } = server;
  const known = instance ?? { everyMs: 0 };
  const keys = useMemo(() => [server.key], [server.key]);
  const at = Date.parse(haproxy.at);
  const isStale = useIsStale(at, haproxyStaleAfterMs(known));
  const health =
    haproxy.checkHealth === null
      ? ""
      : `, health ${haproxy.checkHealth} (rise ${haproxy.checkRise ?? "?"} fall ${haproxy.checkFall ?? "?"})`;
  const duration = haproxy.checkDurationMs === null ? "" : ` in ${formatMilliseconds(haproxy.checkDurationMs)}`;
  return (
    <section aria-label="HAProxy says">
      <FactsTitle text="HAProxy says" at={at} now={now} />
      <dl className={isStale ? "facts facts-stale num" : "facts num"}>
        <Fact name="status">
          <b className={server.verdict === "false-down" ? "verdict-text" : ""}>{haproxy.status}</b>
          {!isPast && `, weight ${haproxy.weight}, ${haproxy.backup ? "backup" : "active"}`}
          {haproxy.unverified ? ", not checked since its start" : ""}
        </Fact>
        <Fact name="check">
          {haproxy.checkStatus === null ? "none" : <span className="mono">{checkText(haproxy)}</span>}
          {duration}
          {health}
        </Fact>
        {haproxy.lastCheck !== "" && (
          <Fact name="message">
            <span className="mono">{haproxy.lastCheck}</span>
          </Fact>
        )}
        <Fact name="check type">{depthText(haproxy)}</Fact>
        {haproxy.tracked !== null && <Fact name="tracks">{haproxy.tracked}</Fact>}
        {haproxy.agentStatus !== null && (
          <Fact name="agent">{[haproxy.agentStatus, haproxy.lastAgent].filter((text) => text !== "").join(": ")}</Fact>
        )}
        {haproxy.clientResponses !== null && (
          <Fact name="clients got">
            {formatThousands(haproxy.clientResponses.good)} × 2xx, {formatThousands(haproxy.clientResponses.failed)}{" "}
            failed since the probe fails
          </Fact>
        )}
        <Fact name="last change">
          {haproxy.changedSecondsAgo === null ? "–" : `${formatShortElapsed(haproxy.changedSecondsAgo * 1_000)} ago`}
        </Fact>
        <Fact name="sessions">
          {haproxy.sessionsCurrent === null ? "–" : `${formatThousands(haproxy.sessionsCurrent)} open`}
          {haproxy.sessionsTotal === null ? "" : `, ${formatThousands(haproxy.sessionsTotal)} total`}
          {!isPast && haproxy.sessionsTotal !== null && (
            <TrafficRate
              serverKeys={keys}
              mode={server.mode}
              staleAfterMs={countersStaleAfterMs(known)}
              separator=", "
            />
          )}
        </Fact>
      </dl>
      {children}
    </section>
  );
}

interface ProbeFactsProps {
  readonly server: ServerStatus;
  readonly now: number;
  /** The rule that it is probed by; null while that is not known. */
  readonly rule: string | null;
  /** Below the facts. */
  readonly children?: ReactNode;
}

/** What haprobe's probe of a server saw, with its age. */
export function ProbeFacts({ server, now, rule, children }: ProbeFactsProps) {
  const { probe } = server;
  const at = Date.parse(probe.at ?? "");
  const isStale = useIsStale(at, server.probes.length > 0 ? VANTAGE_SILENT_AFTER_MS : PROBE_STALE_AFTER_MS);
  return (
    <section aria-label="haprobe saw">
      <FactsTitle text="haprobe saw" at={at} now={now} />
      <dl className={isStale ? "facts facts-stale num" : "facts num"}>
        <Fact name="outcome">
          {probe.httpStatus !== null && (
            <>
              <b className={server.verdict === "false-up" ? "verdict-text" : ""}>{probe.httpStatus}</b>{" "}
            </>
          )}
          {probe.outcome}
          {probe.kind !== null && `, ${probe.kind}`}
        </Fact>
        {probe.failing.length > 0 && (
          <Fact name="failing">
            <span className="mono verdict-text" title={probe.failing.join(", ")}>
              {formatList(probe.failing, FAILING_MAX)}
            </span>
          </Fact>
        )}
        {probe.detail !== "" && <Fact name="detail">{probe.detail}</Fact>}
        <Fact name="probed">
          {probe.url !== null && <span className="mono">{probe.url}</span>}
          {/* A vantage keeps it of failures only. */}
          {probe.url === null && (probe.outcome === "pending" || probe.outcome === "skipped" ? "nothing" : "–")}
          {probe.guessed && " (default path, no rule)"}
        </Fact>
        {probe.certificateExpiresAt !== null && (
          <Fact name="certificate">
            until{" "}
            <span title={probe.certificateExpiresAt}>
              {formatTimestamp(Date.parse(probe.certificateExpiresAt), now)}
            </span>
          </Fact>
        )}
        {rule === null && probe.vantage !== "" ? (
          <Fact name="vantage">{probe.vantage}</Fact>
        ) : (
          <Fact name="rule">
            {rule ?? "–"}
            {probe.vantage !== "" && <span className="muted">, from {probe.vantage}</span>}
          </Fact>
        )}
      </dl>
      {children}
    </section>
  );
}

/** Heading of one side, with the age of what it says. */
function FactsTitle({ text, at, now }: { text: string; at: number; now: number }) {
  const age = useCallback((time: TickTime) => `${formatAge(time.now - at)} ago`, [at]);
  return (
    <h3 className="detail-title">
      {text}{" "}
      {Number.isFinite(at) && (
        <span className="detail-age" title={formatTimestamp(at, now)}>
          <LiveText format={age} />
        </span>
      )}
    </h3>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
