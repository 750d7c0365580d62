import type { ServerStatus } from "../../server/contract/status.ts";
import { moment } from "../lib/clock-words.ts";
import { adviceWords, drainLines } from "../lib/command.ts";
import { amount } from "../lib/headline.ts";
import { KIND_WORDS } from "../lib/kind.ts";
import { type Mismatch, namesOf } from "../lib/mismatch.ts";
import { listOf, milliseconds, percent, thousands } from "../lib/quantity.ts";
import { checkWords, couldNotice, depthWords, pathOf, probeWords } from "../lib/witness.ts";
import { useSession } from "../state/session-context.ts";
import { CopyButton } from "./copy-button.tsx";
import { Glyph } from "./glyph.tsx";
import { Since } from "./since.tsx";
import { Strip } from "./strip.tsx";
import "./mismatch-card.css";

interface MismatchCardProps {
  readonly mismatch: Mismatch;
  /** Servers in the backend of the first member. */
  readonly backendSize: number;
  readonly onEvidence: (key: string) => void;
}

/** One fault: both witnesses under each other, how bad it is, what to do. */
export function MismatchCard({ mismatch, backendSize, onEvidence }: MismatchCardProps) {
  const session = useSession();
  const { first, members, verdict } = mismatch;
  const { tint, word } = KIND_WORDS[verdict];
  const advice = adviceWords(first.advice);
  const backends = listOf(namesOf(members, (member) => member.backend));
  const where = listOf(namesOf(members, (member) => member.instance));
  return (
    <article className={`card block ${tint} card-${verdict}`} aria-label={`${word}: ${first.server}`}>
      <header className="card-head">
        <span className="badge">
          <Glyph name={verdict} size={14} />
          {word}
        </span>
        <h2 className="card-name clip">{first.server}</h2>
        <span className="card-place clip quiet">
          {backends} on {where}
        </span>
        <span className="card-since num">
          since <b>{moment(mismatch.since, session.time().now)}</b>
        </span>
        <Since at={mismatch.since} className="card-duration" />
      </header>
      <Witnesses server={first} />
      <div className="card-strip">
        <span className="card-lanes quiet">
          HAProxy
          <br />
          haprobe
        </span>
        <Strip server={first} height={28} />
      </div>
      <Facts mismatch={mismatch} backendSize={backendSize} />
      <div className="card-todo">
        {verdict === "false-up" && <RightNow members={members} />}
        {first.advice !== "" && (
          <div className="todo">
            <span className="todo-when quiet">{advice.when}</span>
            <p>{advice.what}</p>
          </div>
        )}
      </div>
      <footer className="card-foot">
        <button type="button" className="button" onClick={() => onEvidence(first.key)}>
          Evidence
        </button>
        {!couldNotice(first) && <span className="quiet card-note">HAProxy's check cannot notice this</span>}
      </footer>
    </article>
  );
}

function Witnesses({ server }: { server: ServerStatus }) {
  const { haproxy, probe } = server;
  const isLie = server.verdict === "false-up";
  const seen = probeWords(probe);
  const health = haproxy.checkHealth === null ? "" : `, health ${haproxy.checkHealth}`;
  return (
    <dl className="card-witnesses">
      <dt className="quiet">HAProxy</dt>
      <dd>
        <b className={isLie ? "" : "ink"}>{haproxy.status}</b> <span className="mono">{checkWords(haproxy)}</span>
        {haproxy.checkDurationMs !== null && ` in ${milliseconds(haproxy.checkDurationMs)}`}
        {health} <span className="quiet">{haproxy.lastCheck || `check sees ${depthWords(haproxy)}`}</span>
      </dd>
      <dt className="quiet">haprobe</dt>
      <dd>
        <b className={isLie ? "ink" : ""}>{seen.lead}</b> <span className="mono">{pathOf(probe.url)}</span>
        {probe.durationMs !== null && ` in ${milliseconds(probe.durationMs)}`}{" "}
        {probe.failing.length > 0 && (
          <span className="mono ink">[-]{probe.failing.slice(0, 3).join(" [-]")} failed</span>
        )}
        {probe.failing.length === 0 && probe.detail !== "" && <span className="quiet">{probe.detail}</span>}
      </dd>
    </dl>
  );
}

function Facts({ mismatch, backendSize }: { mismatch: Mismatch; backendSize: number }) {
  const { first, sessions, held, unit } = mismatch;
  const { share, healthyLeft } = first.misrouted;
  const isLie = mismatch.verdict === "false-up";
  const word = amount(sessions, unit).replace(/^\S+ /, "");
  return (
    <ul className="card-facts">
      <li>
        <b className="num">{thousands(sessions)}</b>
        {isLie
          ? `${word} sent into it, ${thousands(held)} open now`
          : `${word}: ${healthyLeft > 0 ? "nobody is hurt yet" : "nobody is served"}`}
      </li>
      <li>
        <b className="num">
          {isLie ? (share === null ? "–" : percent(share)) : `−${percent(1 / Math.max(1, backendSize))}`}
        </b>
        {isLie ? `of ${first.backend}'s new ${unit}` : `of ${first.backend}'s servers on ${first.instance}`}
      </li>
      <li>
        <b className="num">
          {thousands(healthyLeft)} of {thousands(backendSize)}
        </b>
        {isLie ? "servers left that answer" : `servers left in ${first.backend}`}
      </li>
    </ul>
  );
}

const LINES_MAX = 3;

/** Lines for the stats socket, which has to be of level admin; the one that we poll need not be. */
function RightNow({ members }: { members: readonly ServerStatus[] }) {
  const [first] = members;
  if (first === undefined) return null;
  const lines = drainLines(members);
  if (lines.length === 0) {
    return (
      <div className="todo">
        <span className="todo-when quiet">Right now</span>
        <p>
          {first.server} is the last one: draining it stops {first.backend}.
        </p>
      </div>
    );
  }
  return (
    <>
      {lines.slice(0, LINES_MAX).map(({ command, instances }, i) => (
        <div className="todo" key={command}>
          <span className="todo-when quiet">{i === 0 ? "Right now" : ""}</span>
          <code className="mono">
            {command} <span className="quiet">on {listOf(instances)}</span>
          </code>
          <CopyButton text={command} what={command} />
        </div>
      ))}
      {lines.length > LINES_MAX && <p className="quiet">and {lines.length - LINES_MAX} more lines like these</p>}
    </>
  );
}
