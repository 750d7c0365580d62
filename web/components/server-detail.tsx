import { type ReactNode, useCallback, useState } from "react";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { splitAdvice, curlCommand, drainCommand, readyCommand, canDrain } from "../lib/operator-commands.ts";
import { formatMisrouted } from "../lib/mismatch-group.ts";
import { displayVerdictOf, verdictClass } from "../lib/display-verdict.ts";
import {
  formatAge,
  formatList,
  formatMilliseconds,
  formatPercent,
  formatShortElapsed,
  formatThousands,
} from "../lib/quantity-format.ts";
import { haproxyStaleAfterMs, PROBE_STALE_AFTER_MS } from "../lib/staleness.ts";
import type { TickTime } from "../lib/ticker.ts";
import { useCurrentServer } from "../state/use-current-server.ts";
import { useIsStale } from "../state/use-is-stale.ts";
import { LiveText } from "./live-text.tsx";
import { checkText, depthText } from "../lib/server-text.ts";
import { useDashboardClient, useIncidents } from "../state/dashboard-client-context.ts";
import { CodeBlock } from "./code-block.tsx";
import { CopyButton } from "./copy-button.tsx";
import { ProbeTiming } from "./probe-timing.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import { RemarkForm } from "./remark-form.tsx";
import "./server-detail.css";

/** Failing sub-checks that are named; the body contains all of them. */
const FAILING_MAX = 8;

interface ServerDetailProps {
  readonly server: ServerStatus;
  /** Undefined once the instance is removed. */
  readonly instance: InstanceStatus | undefined;
  readonly isDisconnected: boolean;
}

/** Detail under a row: the sentence, both views in full, timing, body and actions. */
export function ServerDetail({ server: streamed, instance, isDisconnected }: ServerDetailProps) {
  const server = useCurrentServer(streamed);
  const client = useDashboardClient();
  const { misrouted, probe } = server;
  const since = Date.parse(server.since);
  const drain = canDrain(server) ? drainCommand(server) : null;
  const ready = readyCommand(server);
  const curl = curlCommand(server);
  const advice = splitAdvice(server.advice);
  const isFalseUp = server.verdict === "false-up";
  return (
    <div className={`detail ${verdictClass(displayVerdictOf(server))}`}>
      <p className="detail-sentence">{server.sentence}</p>
      <p className="detail-facts">
        Since <b className="num">{formatTimestamp(since, client.time().now)}</b>, <ElapsedTime since={since} />.{" "}
        {isFalseUp && (
          <span className="num">
            <b>{formatMisrouted(misrouted.sessions, misrouted.unit)}</b> sent to it
            {misrouted.share !== null && `, ${formatPercent(misrouted.share)} of the backend`},{" "}
            {formatThousands(misrouted.held)} open now. {serverCount(misrouted.healthyLeft)} left.{" "}
          </span>
        )}
        {server.expected !== null && <span>Expected: {server.expected}</span>}
      </p>
      {server.expected !== null && <ExpectedByPerson serverKey={server.key} isDisconnected={isDisconnected} />}
      <div className="detail-columns">
        <section aria-label="HAProxy says">
          <h3 className="detail-title">HAProxy says</h3>
          <HaproxyFacts
            server={server}
            now={client.time().now}
            staleAfterMs={haproxyStaleAfterMs(instance ?? { everyMs: 0 })}
          />
        </section>
        <section aria-label="haprobe saw">
          <h3 className="detail-title">haprobe saw</h3>
          <ProbeFacts server={server} now={client.time().now} />
        </section>
        {probe.phasesMs && (
          <section aria-label="Timing">
            <h3 className="detail-title">
              Timing{probe.durationMs !== null && `, ${formatMilliseconds(probe.durationMs)}`}
            </h3>
            <ProbeTiming phases={probe.phasesMs} isFailure={probe.outcome === "failed"} stage={probe.stage} />
          </section>
        )}
        {probe.body !== "" && (
          <section aria-label="Response body">
            <h3 className="detail-title">Body</h3>
            <ResponseBody text={probe.body} />
          </section>
        )}
      </div>
      <div className="detail-actions">
        {server.advice !== "" && <ActionLine label={advice.label}>{advice.text}</ActionLine>}
        {server.cure.length > 0 && <CodeBlock lines={server.cure} label="the lines for haproxy.cfg" />}
        {drain !== null && (
          <ActionLine label="Drain" copyText={drain}>
            <code className="mono">{drain}</code>
          </ActionLine>
        )}
        {ready !== null && (
          <ActionLine label="Restore" copyText={ready}>
            <code className="mono">{ready}</code>
          </ActionLine>
        )}
        {curl !== null && (
          <ActionLine label={"Probe manually"} copyText={curl}>
            <code className="mono">{curl}</code>
          </ActionLine>
        )}
        {(drain ?? ready) !== null && <p className="muted detail-note">haprobe itself never changes HAProxy.</p>}
      </div>
    </div>
  );
}

const serverCount = (count: number): string =>
  count === 1 ? "1 healthy server" : `${formatThousands(count)} healthy servers`;

function HaproxyFacts({ server, now, staleAfterMs }: { server: ServerStatus; now: number; staleAfterMs: number }) {
  const isStale = useIsStale(Date.parse(server.haproxy.at), staleAfterMs);
  const { haproxy } = server;
  const health =
    haproxy.checkHealth === null
      ? ""
      : `, health ${haproxy.checkHealth} (rise ${haproxy.checkRise ?? "?"} fall ${haproxy.checkFall ?? "?"})`;
  const duration = haproxy.checkDurationMs === null ? "" : ` in ${formatMilliseconds(haproxy.checkDurationMs)}`;
  return (
    <dl className={isStale ? "facts facts-stale num" : "facts num"}>
      <Fact name="status">
        <b>{haproxy.status}</b>, weight {haproxy.weight}
        {haproxy.backup ? ", backup" : ""}
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
      </Fact>
      <Fact name="as of">
        <MeasuredAt at={Date.parse(haproxy.at)} now={now} isStale={isStale} />
      </Fact>
    </dl>
  );
}

function ProbeFacts({ server, now }: { server: ServerStatus; now: number }) {
  const isStale = useIsStale(Date.parse(server.probe.at ?? ""), PROBE_STALE_AFTER_MS);
  const { probe } = server;
  return (
    <dl className={isStale ? "facts facts-stale num" : "facts num"}>
      <Fact name="outcome">
        <b>{probe.outcome}</b>
        {probe.kind !== null && `, ${probe.kind}`}
        {probe.httpStatus !== null && (
          <>
            {" "}
            <b className={server.verdict === "false-up" ? "verdict-text" : ""}>{probe.httpStatus}</b>
          </>
        )}
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
        {probe.url === null ? "nothing" : <span className="mono">{probe.url}</span>}
        {probe.guessed && " (default path, no rule)"}
      </Fact>
      <Fact name="address">
        <span className="mono">{server.address ?? "none"}</span>
      </Fact>
      {probe.certificateExpiresAt !== null && (
        <Fact name="certificate">
          until{" "}
          <span title={probe.certificateExpiresAt}>{formatTimestamp(Date.parse(probe.certificateExpiresAt), now)}</span>
        </Fact>
      )}
      <Fact name="from">{probe.vantage}</Fact>
      <Fact name="as of">
        {probe.at === null ? "–" : <MeasuredAt at={Date.parse(probe.at)} now={now} isStale={isStale} />}
      </Fact>
    </dl>
  );
}

/** Time of a measurement, with its age once that is old. */
function MeasuredAt({ at, now, isStale }: { at: number; now: number; isStale: boolean }) {
  const age = useCallback((time: TickTime) => formatAge(time.now - at), [at]);
  return (
    <>
      {formatTimestamp(at, now)}
      {isStale && (
        <>
          , <LiveText format={age} /> old
        </>
      )}
    </>
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

/** Response body as text, never as markup; lines of failing sub-checks have the verdict's colour. */
function ResponseBody({ text }: { text: string }) {
  return (
    // A scrollable element has to be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className="body mono" tabIndex={0}>
      {text.split("\n").map((line, i) => (
        // The index is the key: the body changes as a whole.
        <span key={i} className={line.startsWith("[-]") ? "verdict-text" : ""}>
          {`${line}\n`}
        </span>
      ))}
    </pre>
  );
}

function ActionLine({ label, copyText, children }: { label: string; copyText?: string; children: ReactNode }) {
  return (
    <div className="action-line">
      <span className="action-label muted">{label}</span>
      {copyText === undefined ? <p>{children}</p> : children}
      {copyText !== undefined && <CopyButton text={copyText} label={label} />}
    </div>
  );
}

/** Who expects the mismatch of a server, and the way back; nothing where a rule does. */
function ExpectedByPerson({ serverKey, isDisconnected }: { serverKey: string; isDisconnected: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  const incident = useIncidents().find(
    ({ state, expected, members }) =>
      state !== "ended" && expected !== null && members.some(({ key }) => key === serverKey),
  );
  if (incident === undefined) return null;
  if (isOpen) {
    return (
      <RemarkForm
        kind="not-expected"
        incidents={[incident.id]}
        isDisabled={isDisconnected}
        onClose={() => setIsOpen(false)}
      />
    );
  }
  return (
    <button type="button" className="button" disabled={isDisconnected} onClick={() => setIsOpen(true)}>
      Not expected
    </button>
  );
}
