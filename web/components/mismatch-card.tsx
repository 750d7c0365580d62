import type { ServerStatus } from "../../server/contract/status.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { splitAdvice, drainCommands } from "../lib/operator-commands.ts";
import { formatMisrouted } from "../lib/headline.ts";
import { VERDICT_LABELS } from "../lib/display-verdict.ts";
import { type MismatchGroup, distinctNames } from "../lib/mismatch-group.ts";
import { formatList, formatMilliseconds, formatPercent, formatThousands } from "../lib/quantity-format.ts";
import { checkText, canCheckDetect, depthText, urlPath, probeSideText } from "../lib/server-text.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { CopyButton } from "./copy-button.tsx";
import { Glyph } from "./glyph.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import { Strip } from "./strip.tsx";
import "./mismatch-card.css";

interface MismatchCardProps {
  readonly mismatch: MismatchGroup;
  /** Servers in the backend of the first member. */
  readonly backendSize: number;
  readonly onShowDetail: (key: string) => void;
}

/** One fault: both witnesses under each other, how bad it is, what to do. */
export function MismatchCard({ mismatch, backendSize, onShowDetail: onEvidence }: MismatchCardProps) {
  const session = useDashboardClient();
  const { first, members, verdict } = mismatch;
  const { colourClass: tint, label: word } = VERDICT_LABELS[verdict];
  const advice = splitAdvice(first.advice);
  const backends = formatList(distinctNames(members, (member) => member.backend));
  const where = formatList(distinctNames(members, (member) => member.instance));
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
          since <b>{formatTimestamp(mismatch.since, session.time().now)}</b>
        </span>
        <ElapsedTime since={mismatch.since} className="card-duration" />
      </header>
      <SideComparison server={first} />
      <div className="card-strip">
        <span className="card-lanes quiet">
          HAProxy
          <br />
          haprobe
        </span>
        <Strip server={first} height={28} />
      </div>
      <ImpactFacts mismatch={mismatch} backendSize={backendSize} />
      <div className="card-todo">
        {verdict === "false-up" && <MitigationCommands members={members} />}
        {first.advice !== "" && (
          <div className="todo">
            <span className="todo-when quiet">{advice.label}</span>
            <p>{advice.text}</p>
          </div>
        )}
      </div>
      <footer className="card-foot">
        <button type="button" className="button" onClick={() => onEvidence(first.key)}>
          Evidence
        </button>
        {!canCheckDetect(first) && <span className="quiet card-note">HAProxy's check cannot notice this</span>}
      </footer>
    </article>
  );
}

function SideComparison({ server }: { server: ServerStatus }) {
  const { haproxy, probe } = server;
  const isLie = server.verdict === "false-up";
  const seen = probeSideText(probe);
  const health = haproxy.checkHealth === null ? "" : `, health ${haproxy.checkHealth}`;
  return (
    <dl className="card-witnesses">
      <dt className="quiet">HAProxy</dt>
      <dd>
        <b className={isLie ? "" : "ink"}>{haproxy.status}</b> <span className="mono">{checkText(haproxy)}</span>
        {haproxy.checkDurationMs !== null && ` in ${formatMilliseconds(haproxy.checkDurationMs)}`}
        {health} <span className="quiet">{haproxy.lastCheck || `check sees ${depthText(haproxy)}`}</span>
      </dd>
      <dt className="quiet">haprobe</dt>
      <dd>
        <b className={isLie ? "ink" : ""}>{seen.primary}</b> <span className="mono">{urlPath(probe.url)}</span>
        {probe.durationMs !== null && ` in ${formatMilliseconds(probe.durationMs)}`}{" "}
        {probe.failing.length > 0 && (
          <span className="mono ink">[-]{probe.failing.slice(0, 3).join(" [-]")} failed</span>
        )}
        {probe.failing.length === 0 && probe.detail !== "" && <span className="quiet">{probe.detail}</span>}
      </dd>
    </dl>
  );
}

function ImpactFacts({ mismatch, backendSize }: { mismatch: MismatchGroup; backendSize: number }) {
  const { first, sessions, held, unit } = mismatch;
  const { share, healthyLeft } = first.misrouted;
  const isLie = mismatch.verdict === "false-up";
  const word = formatMisrouted(sessions, unit).replace(/^\S+ /, "");
  return (
    <ul className="card-facts">
      <li>
        <b className="num">{formatThousands(sessions)}</b>
        {isLie
          ? `${word} sent into it, ${formatThousands(held)} open now`
          : `${word}: ${healthyLeft > 0 ? "nobody is hurt yet" : "nobody is served"}`}
      </li>
      <li>
        <b className="num">
          {isLie ? (share === null ? "–" : formatPercent(share)) : `−${formatPercent(1 / Math.max(1, backendSize))}`}
        </b>
        {isLie ? `of ${first.backend}'s new ${unit}` : `of ${first.backend}'s servers on ${first.instance}`}
      </li>
      <li>
        <b className="num">
          {formatThousands(healthyLeft)} of {formatThousands(backendSize)}
        </b>
        {isLie ? "servers left that answer" : `servers left in ${first.backend}`}
      </li>
    </ul>
  );
}

const COMMANDS_MAX = 3;

/** Lines for the stats socket, which has to be of level admin; the one that we poll need not be. */
function MitigationCommands({ members }: { members: readonly ServerStatus[] }) {
  const [first] = members;
  if (first === undefined) return null;
  const lines = drainCommands(members);
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
      {lines.slice(0, COMMANDS_MAX).map(({ command, instances }, i) => (
        <div className="todo" key={command}>
          <span className="todo-when quiet">{i === 0 ? "Right now" : ""}</span>
          <code className="mono">
            {command} <span className="quiet">on {formatList(instances)}</span>
          </code>
          <CopyButton text={command} label={command} />
        </div>
      ))}
      {lines.length > COMMANDS_MAX && <p className="quiet">and {lines.length - COMMANDS_MAX} more lines like these</p>}
    </>
  );
}
