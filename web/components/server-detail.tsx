import type { ReactNode } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { moment } from "../lib/clock-words.ts";
import { adviceWords, curlLine, drainCommand, mayDrain } from "../lib/command.ts";
import { amount } from "../lib/headline.ts";
import { KIND_WORDS, kindOf } from "../lib/kind.ts";
import { milliseconds, percent, shortDuration, thousands } from "../lib/quantity.ts";
import { checkWords, depthWords } from "../lib/witness.ts";
import { useSession } from "../state/session-context.ts";
import { CopyButton } from "./copy-button.tsx";
import { Phases } from "./phases.tsx";
import { Since } from "./since.tsx";
import "./server-detail.css";

interface ServerDetailProps {
  readonly server: ServerStatus;
}

/** The fold under a row: the sentence, both witnesses in full, the body as it came, what to do. */
export function ServerDetail({ server }: ServerDetailProps) {
  const session = useSession();
  const { misrouted, probe } = server;
  const since = Date.parse(server.since);
  const drain = mayDrain(server) ? drainCommand(server) : null;
  const curl = curlLine(server);
  const advice = adviceWords(server.advice);
  const isLie = server.verdict === "false-up";
  return (
    <div className={`detail ${KIND_WORDS[kindOf(server)].tint}`}>
      <p className="detail-sentence">{server.sentence}</p>
      <p className="detail-facts">
        Since <b className="num">{moment(since, session.time().now)}</b>, <Since at={since} />.{" "}
        {isLie && (
          <span className="num">
            <b>{amount(misrouted.sessions, misrouted.unit)}</b> so far
            {misrouted.share !== null && `, ${percent(misrouted.share)} of the backend`}, {thousands(misrouted.held)}{" "}
            open now. {plainServers(misrouted.healthyLeft)} left that answer.{" "}
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
              Where {probe.durationMs === null ? "the time" : `the ${milliseconds(probe.durationMs)}`} went
            </h3>
            <Phases phases={probe.phasesMs} isFailure={probe.outcome === "failed"} stage={probe.stage} />
          </section>
        )}
        {probe.body !== "" && (
          <section aria-label="Body of the answer">
            <h3 className="detail-title">Body</h3>
            <Body text={probe.body} />
          </section>
        )}
      </div>
      <div className="detail-todo">
        {server.advice !== "" && <Todo when={advice.when}>{advice.what}</Todo>}
        {drain !== null && (
          <Todo when="Take it out" copy={drain}>
            <code className="mono">{drain}</code>
          </Todo>
        )}
        {curl !== null && (
          <Todo when={`Ask ${server.server}`} copy={curl}>
            <code className="mono">{curl}</code>
          </Todo>
        )}
        {drain !== null && <p className="quiet detail-note">haprobe itself never changes HAProxy.</p>}
      </div>
    </div>
  );
}

const plainServers = (count: number): string => (count === 1 ? "1 server" : `${thousands(count)} servers`);

function HaproxyFacts({ server, now }: { server: ServerStatus; now: number }) {
  const { haproxy } = server;
  const health =
    haproxy.checkHealth === null
      ? ""
      : `, health ${haproxy.checkHealth} (rise ${haproxy.checkRise ?? "?"} fall ${haproxy.checkFall ?? "?"})`;
  const took = haproxy.checkDurationMs === null ? "" : ` in ${milliseconds(haproxy.checkDurationMs)}`;
  return (
    <dl className="facts num">
      <Fact name="status">
        <b>{haproxy.status}</b>, weight {haproxy.weight}
        {haproxy.backup ? ", backup" : ""}
        {haproxy.unverified ? ", not checked since its start" : ""}
      </Fact>
      <Fact name="check">
        {haproxy.checkStatus === null ? "none" : <span className="mono">{checkWords(haproxy)}</span>}
        {took}
        {health}
      </Fact>
      {haproxy.lastCheck !== "" && (
        <Fact name="it said">
          <span className="mono">{haproxy.lastCheck}</span>
        </Fact>
      )}
      <Fact name="sees">{depthWords(haproxy)}</Fact>
      {haproxy.tracked !== null && <Fact name="follows">{haproxy.tracked}</Fact>}
      {haproxy.agentStatus !== null && <Fact name="agent">{haproxy.agentStatus}</Fact>}
      <Fact name="last change">
        {haproxy.changedSecondsAgo === null ? "–" : `${shortDuration(haproxy.changedSecondsAgo * 1_000)} ago`}
      </Fact>
      <Fact name="sessions">
        {haproxy.sessionsCurrent === null ? "–" : `${thousands(haproxy.sessionsCurrent)} open`}
        {haproxy.sessionsTotal === null ? "" : `, ${thousands(haproxy.sessionsTotal)} in all`}
      </Fact>
      <Fact name="as of">{moment(Date.parse(haproxy.at), now)}</Fact>
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
          until <span title={probe.certificateExpiresAt}>{moment(Date.parse(probe.certificateExpiresAt), now)}</span>
        </Fact>
      )}
      <Fact name="from">{probe.vantage}</Fact>
      <Fact name="as of">{probe.at === null ? "–" : moment(Date.parse(probe.at), now)}</Fact>
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
function Body({ text }: { text: string }) {
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

function Todo({ when, copy, children }: { when: string; copy?: string; children: ReactNode }) {
  return (
    <div className="todo">
      <span className="todo-when quiet">{when}</span>
      {copy === undefined ? <p>{children}</p> : children}
      {copy !== undefined && <CopyButton text={copy} what={when} />}
    </div>
  );
}
