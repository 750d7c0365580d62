import { useState } from "react";
import type { NotificationSummary } from "../../server/contract/alert-api.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { VERDICT_LABELS, verdictClass } from "../lib/display-verdict.ts";
import {
  acknowledgementOf,
  type MismatchGroup,
  distinctNames,
  formatMisrouted,
  groupName,
} from "../lib/mismatch-group.ts";
import {
  formatList,
  formatMilliseconds,
  formatPercent,
  formatPlural,
  formatThousands,
} from "../lib/quantity-format.ts";
import { checkText, depthText, urlPath, probeSideText } from "../lib/server-text.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { Glyph } from "./glyph.tsx";
import { MitigationLines } from "./mitigation-lines.tsx";
import { Name } from "./name.tsx";
import { SentNote } from "./sent-note.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import { TimeAxis } from "./time-axis.tsx";
import { RemarkForm, type RemarkKind } from "./remark-form.tsx";
import { Strip } from "./strip.tsx";
import "./mismatch-card.css";

interface MismatchCardProps {
  readonly mismatch: MismatchGroup;
  /** The newest messages that were sent, about whatever incident. */
  readonly sent: readonly NotificationSummary[];
  /** Servers in the backend of the first member. */
  readonly backendSize: number;
  /** Healthy servers of its backend: those besides it, and once it heals all; null while none is known to be. */
  readonly healthyLeft: number | null;
  readonly isDisconnected: boolean;
  /** It is shown as of a past moment, at which nothing can be done any more. */
  readonly isPast: boolean;
  readonly onShowDetail: (key: string) => void;
  /** Its form that is open; null for none. */
  readonly form: RemarkKind | null;
  readonly onForm: (kind: RemarkKind | null) => void;
}

/** One fault: HAProxy's and haprobe's view, the impact, what to do. */
export function MismatchCard(props: MismatchCardProps) {
  const { mismatch, backendSize, healthyLeft, isDisconnected, isPast, onShowDetail, form, onForm } = props;
  const client = useDashboardClient();
  // Where there is little room, what to do is shown on request.
  const [isUnfolded, setUnfolded] = useState(false);
  const { first, members, verdict, flaps, isHealing, isOutOfService, hasNoVerdict } = mismatch;
  const shown = hasNoVerdict ? "unknown" : isHealing ? "suspected" : verdict;
  const { label } = VERDICT_LABELS[verdict];
  const acknowledgement = acknowledgementOf(mismatch);
  const backends = formatList(distinctNames(members, (member) => member.backend));
  const instances = formatList(distinctNames(members, (member) => member.instance));
  return (
    <article
      className={`card block ${verdictClass(shown)} ${isHealing ? "card-healing" : `card-${verdict}`} ${isUnfolded ? "" : "card-folded"}`}
      aria-label={`${label}: ${first.server}`}
      tabIndex={-1}
    >
      <header className="card-head">
        <span className="badge">
          <Glyph name={verdict} size={14} />
          {label}
        </span>
        <h2 className="card-name">
          <Name text={groupName(mismatch)} />
        </h2>
        <span className="card-location muted">
          <Name text={`${backends} on ${instances}`} />
        </span>
        {flaps > 0 && <span className="tag num">flapped {formatPlural(flaps, "time")}</span>}
        <span className="card-since num">
          since <b>{formatTimestamp(mismatch.since, client.time().now)}</b>
        </span>
        {!hasNoVerdict && <ElapsedTime since={mismatch.since} className="card-duration" />}
      </header>
      <SideComparison server={first} isOld={hasNoVerdict} />
      <div className="card-strip">
        <span className="card-strip-labels muted">
          HAProxy
          <br />
          haprobe
        </span>
        <div>
          <Strip serverKeys={first.key} subject={`${first.server} on ${first.instance}`} height={28} />
          <TimeAxis isDisconnected={isDisconnected} />
        </div>
      </div>
      <ImpactFacts mismatch={mismatch} backendSize={backendSize} healthyLeft={healthyLeft} />
      <div className="card-actions">
        {isPast && <p className="muted">What could be done then is not shown.</p>}
        {!isPast && (
          <MitigationLines members={members} healthyLeft={healthyLeft} isOver={isOutOfService || hasNoVerdict} />
        )}
      </div>
      {acknowledgement !== null && (
        <p className="card-acknowledged">
          <b>{acknowledgement.name}</b> has it since{" "}
          <span className="num">{formatTimestamp(Date.parse(acknowledgement.at), client.time().now)}</span>
          {acknowledgement.text !== "" && `: ${acknowledgement.text}`}
        </p>
      )}
      {form !== null && (
        <RemarkForm
          key={form}
          kind={form}
          incidents={mismatch.incidents.map(({ id }) => id)}
          isDisabled={isDisconnected}
          onClose={() => onForm(null)}
        />
      )}
      <footer className="card-footer">
        {acknowledgement === null && form === null && (
          <button
            type="button"
            className="button button-strong"
            aria-keyshortcuts="a"
            disabled={isDisconnected || mismatch.incidents.length === 0}
            onClick={() => onForm("acknowledge")}
          >
            Acknowledge
          </button>
        )}
        <button
          type="button"
          className="button card-unfold"
          aria-expanded={isUnfolded}
          onClick={() => setUnfolded(!isUnfolded)}
        >
          What to do
        </button>
        <button type="button" className="button card-minor" onClick={() => onShowDetail(first.key)}>
          Evidence
        </button>
        <button
          type="button"
          className="button card-minor"
          disabled={isDisconnected || mismatch.incidents.length === 0}
          onClick={() => onForm("expected")}
        >
          Expected…
        </button>
        {/* A new text is another element, which moves nothing. */}
        <span className="muted card-note" key={`${hasNoVerdict} ${isHealing}`}>
          {hasNoVerdict
            ? "no verdict now: whether it goes on is not known"
            : isHealing
              ? `${isOutOfService ? "out of service" : "recovered"}; haprobe is confirming`
              : !isPast && (
                  <SentNote incidents={mismatch.incidents.map(({ id }) => id)} messages={props.sent}>
                    {first.haproxy.canNotice === false && "HAProxy's check can't detect this"}
                  </SentNote>
                )}
        </span>
      </footer>
    </article>
  );
}

/** Both views; grey where they are `isOld`: neither is of now. */
function SideComparison({ server, isOld }: { server: ServerStatus; isOld: boolean }) {
  const { haproxy, probe } = server;
  const isFalseUp = server.verdict === "false-up";
  const probeText = probeSideText(probe);
  const health = haproxy.checkHealth === null ? "" : ` (health ${haproxy.checkHealth})`;
  return (
    <dl className={isOld ? "card-sides muted" : "card-sides"}>
      <dt className="muted">HAProxy</dt>
      <dd>
        <b className={isFalseUp ? "" : "verdict-text"}>{haproxy.status}</b>{" "}
        <span className="mono">{checkText(haproxy)}</span>
        {health}
        {haproxy.checkDurationMs !== null && <Duration ms={haproxy.checkDurationMs} />}{" "}
        <span className="muted">{haproxy.lastCheck || `health check: ${depthText(haproxy)}`}</span>
      </dd>
      <dt className="muted">haprobe</dt>
      <dd>
        <b className={isFalseUp ? "verdict-text" : ""}>{probeText.primary}</b>{" "}
        <span className="mono">{urlPath(probe.url)}</span>
        {probe.durationMs !== null && <Duration ms={probe.durationMs} />}{" "}
        {probe.failing.length > 0 && (
          <span className="mono verdict-text">[-]{probe.failing.slice(0, 3).join(" [-]")} failed</span>
        )}
        {probe.failing.length === 0 && probe.detail !== "" && <span className="muted">{probe.detail}</span>}
      </dd>
      {server.probes.length > 1 && (
        <>
          <dt className="muted">vantages</dt>
          <dd>{server.sentence}</dd>
        </>
      )}
    </dl>
  );
}

/** Has a fixed width, because what follows would move with each probe. */
function Duration({ ms }: { ms: number }) {
  return (
    <>
      {" in "}
      <span className="card-milliseconds num">{formatMilliseconds(ms)}</span>
    </>
  );
}

type ImpactFactsProps = Pick<MismatchCardProps, "mismatch" | "backendSize" | "healthyLeft">;

function ImpactFacts({ mismatch, backendSize, healthyLeft }: ImpactFactsProps) {
  const { first, members, sessions, held, unit, hasNoVerdict, isHealing } = mismatch;
  const { share } = first.misrouted;
  const lost = isHealing && !hasNoVerdict ? 0 : members.length;
  const backends = distinctNames(members, (member) => member.backend).length;
  const through = backends > 1 ? ` through ${backends} backends` : "";
  const isFalseUp = mismatch.verdict === "false-up";
  const unitLabel = formatMisrouted(sessions ?? 0, unit).replace(/^\S+ /, "");
  const left = hasNoVerdict ? null : healthyLeft;
  const takesOver =
    left === null ? "what takes over is not known" : left > 0 ? "other servers take over" : "no server takes over";
  const heldText = held === null ? "" : `, ${formatThousands(held)} open now`;
  return (
    <ul className="card-facts">
      <li>
        <b className="num">{sessions === null ? "–" : formatThousands(sessions)}</b>
        {isFalseUp ? `${unitLabel} sent to it${through}${heldText}` : `${unitLabel}: ${takesOver}`}
      </li>
      <li>
        <b className="num">
          {isFalseUp
            ? share === null
              ? "–"
              : formatPercent(share)
            : `−${formatPercent(lost / Math.max(1, backendSize))}`}
        </b>
        {isFalseUp ? (
          `of ${first.backend}'s new ${unit}`
        ) : (
          <>
            of {first.backend}'s servers on <span className="unbroken">{first.instance}</span>
          </>
        )}
      </li>
      <li>
        <b className="num">
          {left === null ? "?" : formatThousands(left)} of {formatThousands(backendSize)}
        </b>
        {isFalseUp ? "healthy servers left" : `healthy servers left in ${first.backend}`}
      </li>
    </ul>
  );
}
