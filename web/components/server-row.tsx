import { memo, useMemo } from "react";
import type { HaproxySide, ServerStatus } from "../../server/contract/status.ts";
import { glyphOf, displayVerdictOf, verdictClass, verdictLabel } from "../lib/display-verdict.ts";
import { formatShortThousands } from "../lib/quantity-format.ts";
import { changedAt, haproxySideText, probeSideText, type SideText } from "../lib/server-text.ts";
import { formatTimeOfDay, formatTimestamp } from "../lib/time-format.ts";
import { useIsStale } from "../state/use-is-stale.ts";
import { Glyph } from "./glyph.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import { Name } from "./name.tsx";
import { Strip } from "./strip.tsx";
import { TrafficRate } from "./traffic-rate.tsx";

interface ServerRowProps {
  /** Below the columns of the backends it has its traffic where they have theirs. */
  readonly layout: "servers" | "backends";
  readonly server: ServerStatus;
  /** Its drawer is open. */
  readonly isOpen: boolean;
  readonly isActive: boolean;
  readonly rowIndex: number;
  /** Its backend stands below the row of a site. */
  readonly isBelowSite: boolean;
  /** Age in milliseconds from which what HAProxy counts is marked as old. */
  readonly staleAfterMs: number;
}

/** One server as a table row. */
export const ServerRow = memo(function ServerRow(props: ServerRowProps) {
  const { layout, server, isOpen, isActive, rowIndex, isBelowSite, staleAfterMs } = props;
  const verdict = displayVerdictOf(server);
  const isStale = server.reason === "haproxy-stale";
  const isMismatch = server.expected === null && (verdict === "false-up" || verdict === "false-down");
  const differs = verdict === "false-up" || verdict === "false-down" || verdict === "suspected";
  const probeText = probeSideText(server.probe);
  const classes = [
    "row",
    verdictClass(verdict),
    `row-${verdict}`,
    isMismatch ? "row-mismatch" : "",
    isOpen ? "row-open" : "",
  ];
  return (
    <div
      role="row"
      className={classes.join(" ")}
      data-key={server.key}
      aria-rowindex={rowIndex}
      aria-level={isBelowSite ? 3 : 2}
      aria-current={isOpen ? "true" : undefined}
      tabIndex={isActive ? 0 : -1}
    >
      <span
        role="gridcell"
        className="cell-verdict truncate"
        title={
          layout === "backends"
            ? `since ${formatTimestamp(Date.parse(server.since), Date.parse(server.haproxy.at))}`
            : undefined
        }
      >
        <Glyph name={glyphOf(server)} />
        <span className="cell-verdict-label">{verdictLabel(server)}</span>
      </span>
      <span role="gridcell" className="cell-name truncate" title={server.key}>
        <Name text={server.server} />
      </span>
      <SideCell
        className={isStale ? "cell-haproxy muted" : "cell-haproxy"}
        text={haproxySideText(server.haproxy)}
        isBold={differs}
        at={Date.parse(server.haproxy.at)}
        staleAfterMs={staleAfterMs}
      />
      <SideCell
        className="cell-probe"
        text={probeText}
        isBold={differs}
        at={Date.parse(server.probe.at ?? "")}
        staleAfterMs={staleAfterMs}
      />
      <span role="gridcell" className="cell-strip">
        <Strip serverKeys={server.key} subject={`${server.server} on ${server.instance}`} />
      </span>
      <span role="gridcell" className="cell-since" title={server.since}>
        <ElapsedTime since={Date.parse(server.since)} short={!differs} />
      </span>
      <SessionsCell haproxy={server.haproxy} isUnknown={isStale} staleAfterMs={staleAfterMs} />
      <span role="gridcell" className="cell-check truncate">
        <CheckTag server={server} />
      </span>
      {layout === "backends" && <TrafficCell server={server} isUnknown={isStale} staleAfterMs={staleAfterMs} />}
      <span role="gridcell" className="cell-address truncate muted mono">
        {server.address ?? "–"}
      </span>
      <span role="gridcell" className="cell-change num muted">
        {isStale ? "–" : <ElapsedTime since={changedAt(server.haproxy)} short />}
      </span>
    </div>
  );
});

interface SideCellProps {
  readonly className: string;
  readonly text: SideText;
  readonly isBold: boolean;
  /** When it was measured; NaN: never. */
  readonly at: number;
  readonly staleAfterMs: number;
}

/** What one side says; a change comes at once, and what it measured in turn: old, it has its time. */
function SideCell({ className, text, isBold, at, staleAfterMs }: SideCellProps) {
  const isOld = useIsStale(at, staleAfterMs);
  return (
    <span
      role="gridcell"
      className={`${className} side-cell num`}
      title={isOld ? `as of ${formatTimeOfDay(at)}` : undefined}
    >
      {isBold ? <b>{text.primary}</b> : <span>{text.primary}</span>}{" "}
      {text.failing !== "" && <b className="verdict-text truncate">{text.failing}</b>}{" "}
      {text.secondary !== "" && <span className="muted truncate">{text.secondary}</span>}{" "}
      {text.duration !== "" && <span className="muted duration">{text.duration}</span>}
    </span>
  );
}

interface SessionsCellProps {
  readonly haproxy: HaproxySide;
  readonly isUnknown: boolean;
  readonly staleAfterMs: number;
}

/** Open sessions. They are no verdict, so that those of a large fleet come in turn; grey and with their time once they are old. */
function SessionsCell({ haproxy, isUnknown, staleAfterMs }: SessionsCellProps) {
  const at = Date.parse(haproxy.at);
  const isOld = useIsStale(at, staleAfterMs);
  const isShown = !isUnknown && haproxy.sessionsCurrent !== null;
  return (
    <span
      role="gridcell"
      className={isOld ? "cell-sessions num muted" : "cell-sessions num"}
      title={isShown && isOld ? `as of ${formatTimeOfDay(at)}` : undefined}
    >
      {isShown ? formatShortThousands(haproxy.sessionsCurrent) : "–"}
    </span>
  );
}

/** New sessions or requests per second. */
function TrafficCell({
  server,
  isUnknown,
  staleAfterMs,
}: Pick<ServerRowProps, "server" | "staleAfterMs"> & { isUnknown: boolean }) {
  const keys = useMemo(() => [server.key], [server.key]);
  return (
    <span role="gridcell" className="cell-traffic backend-traffic">
      {isUnknown ? "–" : <TrafficRate serverKeys={keys} mode={server.mode} staleAfterMs={staleAfterMs} />}
    </span>
  );
}

function CheckTag({ server }: { server: ServerStatus }) {
  if (server.expected !== null) return <span className="tag">expected</span>;
  if (server.quality === null) return <span className="muted">–</span>;
  if (server.quality === "check-ok") return <span className="muted">check-ok</span>;
  return <span className="tag truncate">{server.quality}</span>;
}
