import type { ReactNode } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { splitAdvice, curlCommand, drainCommand, canDrain } from "../lib/operator-commands.ts";
import { formatMisrouted } from "../lib/headline.ts";
import { VERDICT_LABELS, displayVerdictOf } from "../lib/display-verdict.ts";
import { formatMilliseconds, formatPercent, formatShortElapsed, formatThousands } from "../lib/quantity-format.ts";
import { checkText, depthText } from "../lib/server-text.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { CopyButton } from "./copy-button.tsx";
import { ProbeTiming } from "./probe-timing.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import "./server-detail.css";

interface ServerDetailProps {
  readonly server: ServerStatus;
}

/** The fold under a row: the sentence, both witnesses in full, the body as it came, what to do. */
export function ServerDetail({ server }: ServerDetailProps) {
  const session = useDashboardClient();
  const { misrouted, probe } = server;
  const since = Date.parse(server.since);
  const drain = canDrain(server) ? drainCommand(server) : null;
  const curl = curlCommand(server);
  const advice = splitAdvice(server.advice);
  const isLie = server.verdict === "false-up";
  return (
    <div className={`detail ${VERDICT_LABELS[displayVerdictOf(server)].colourClass}`}>
      <p className="detail-sentence">{server.sentence}</p>
      <p className="detail-facts">
        Since <b className="num">{formatTimestamp(since, session.time().now)}</b>, <ElapsedTime since={since} />.{" "}
        {isLie && (
          <span className="num">
            <b>{formatMisrouted(misrouted.sessions, misrouted.unit)}</b> so far
            {misrouted.share !== null && `, ${formatPercent(misrouted.share)} of the backend`},{" "}
            {formatThousands(misrouted.held)} open now. {plainServers(misrouted.healthyLeft)} left that answer.{" "}
          </span>
        )}
        {server.expected !== null && <span>Expected: {server.expected}</span>}
      </p>
      <div className="detail-columns">
        <section aria-label="HAProxy says">
          <h3 className="detail-title">HAProxy says</h3>
          <HaproxyFacts server={server} now={session.time().now} />
        </section>
        <section aria-label="haprobe saw">
          <h3 className="detail-title">haprobe saw</h3>
          <ProbeFacts server={server} now={session.time().now} />
        </section>
        {probe.phasesMs && (
          <section aria-label="Phases of the probe">
            <h3 className="detail-title">
              Where {probe.durationMs === null ? "the time" : `the ${formatMilliseconds(probe.durationMs)}`} went
            </h3>
            <ProbeTiming phases={probe.phasesMs} isFailure={probe.outcome === "failed"} stage={probe.stage} />
          </section>
        )}
        {probe.body !== "" && (
          <section aria-label="Body of the answer">
            <h3 className="detail-title">Body</h3>
            <ResponseBody text={probe.body} />
          </section>
        )}
      </div>
      <div className="detail-todo">
        {server.advice !== "" && <ActionLine label={advice.label}>{advice.text}</ActionLine>}
        {drain !== null && (
          <ActionLine label="Take it out" copyText={drain}>
            <code className="mono">{drain}</code>
          </ActionLine>
        )}
        {curl !== null && (
          <ActionLine label={`Ask ${server.server}`} copyText={curl}>
            <code className="mono">{curl}</code>
          </ActionLine>
        )}
        {drain !== null && <p className="quiet detail-note">haprobe itself never changes HAProxy.</p>}
      </div>
    </div>
  );
}

const plainServers = (count: number): string => (count === 1 ? "1 server" : `${formatThousands(count)} servers`);

function HaproxyFacts({ server, now }: { server: ServerStatus; now: number }) {
  const { haproxy } = server;
  const health =
    haproxy.checkHealth === null
      ? ""
      : `, health ${haproxy.checkHealth} (rise ${haproxy.checkRise ?? "?"} fall ${haproxy.checkFall ?? "?"})`;
  const took = haproxy.checkDurationMs === null ? "" : ` in ${formatMilliseconds(haproxy.checkDurationMs)}`;
  return (
    <dl className="facts num">
      <Fact name="status">
        <b>{haproxy.status}</b>, weight {haproxy.weight}
        {haproxy.backup ? ", backup" : ""}
        {haproxy.unverified ? ", not checked since its start" : ""}
      </Fact>
      <Fact name="check">
        {haproxy.checkStatus === null ? "none" : <span className="mono">{checkText(haproxy)}</span>}
        {took}
        {health}
      </Fact>
      {haproxy.lastCheck !== "" && (
        <Fact name="it said">
          <span className="mono">{haproxy.lastCheck}</span>
        </Fact>
      )}
      <Fact name="sees">{depthText(haproxy)}</Fact>
      {haproxy.tracked !== null && <Fact name="follows">{haproxy.tracked}</Fact>}
      {haproxy.agentStatus !== null && <Fact name="agent">{haproxy.agentStatus}</Fact>}
      <Fact name="last change">
        {haproxy.changedSecondsAgo === null ? "–" : `${formatShortElapsed(haproxy.changedSecondsAgo * 1_000)} ago`}
      </Fact>
      <Fact name="sessions">
        {haproxy.sessionsCurrent === null ? "–" : `${formatThousands(haproxy.sessionsCurrent)} open`}
        {haproxy.sessionsTotal === null ? "" : `, ${formatThousands(haproxy.sessionsTotal)} in all`}
      </Fact>
      <Fact name="as of">{formatTimestamp(Date.parse(haproxy.at), now)}</Fact>
    </dl>
  );
}

function ProbeFacts({ server, now }: { server: ServerStatus; now: number }) {
  const { probe } = server;
  return (
    <dl className="facts num">
      <Fact name="outcome">
        <b>{probe.outcome}</b>
        {probe.kind !== null && `, ${probe.kind}`}
        {probe.httpStatus !== null && (
          <>
            {" "}
            <b className={server.verdict === "false-up" ? "ink" : ""}>{probe.httpStatus}</b>
          </>
        )}
      </Fact>
      {probe.failing.length > 0 && (
        <Fact name="failing">
          <span className="mono ink">{probe.failing.join(", ")}</span>
        </Fact>
      )}
      {probe.detail !== "" && <Fact name="detail">{probe.detail}</Fact>}
      <Fact name="asked">
        {probe.url === null ? "nothing" : <span className="mono">{probe.url}</span>}
        {probe.guessed && " (a guess; no rule of yours)"}
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
      <Fact name="as of">{probe.at === null ? "–" : formatTimestamp(Date.parse(probe.at), now)}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="quiet">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The body as text, line by line; failing sub-checks in ink. It comes from the server and is never markup. */
function ResponseBody({ text }: { text: string }) {
  return (
    // It scrolls, so the keyboard has to reach it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className="body mono" tabIndex={0}>
      {text.split("\n").map((line, i) => (
        // Lines have no identity of their own; the body changes as a whole.
        <span key={i} className={line.startsWith("[-]") ? "ink" : ""}>
          {`${line}\n`}
        </span>
      ))}
    </pre>
  );
}

function ActionLine({
  label: when,
  copyText: copy,
  children,
}: {
  label: string;
  copyText?: string;
  children: ReactNode;
}) {
  return (
    <div className="todo">
      <span className="todo-when quiet">{when}</span>
      {copy === undefined ? <p>{children}</p> : children}
      {copy !== undefined && <CopyButton text={copy} label={when} />}
    </div>
  );
}
