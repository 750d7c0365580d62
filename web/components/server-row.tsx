import { memo } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { glyphOf, displayVerdictOf, verdictClass, verdictLabel } from "../lib/display-verdict.ts";
import { formatShortThousands, formatShortElapsed } from "../lib/quantity-format.ts";
import { haproxySideText, probeSideText, type SideText } from "../lib/server-text.ts";
import { Glyph } from "./glyph.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import { Name } from "./name.tsx";
import { Strip } from "./strip.tsx";

interface ServerRowProps {
  readonly server: ServerStatus;
  /** Its drawer is open. */
  readonly isOpen: boolean;
  readonly isActive: boolean;
  readonly rowIndex: number;
  /** Its backend stands below the row of a site. */
  readonly isBelowSite: boolean;
}

/** One server as a table row. */
export const ServerRow = memo(function ServerRow({ server, isOpen, isActive, rowIndex, isBelowSite }: ServerRowProps) {
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
      <span role="gridcell" className="cell-verdict truncate">
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
      />
      <SideCell className="cell-probe" text={probeText} isBold={differs} />
      <span role="gridcell" className="cell-strip">
        <Strip serverKeys={server.key} subject={`${server.server} on ${server.instance}`} />
      </span>
      <span role="gridcell" className="cell-since" title={server.since}>
        <ElapsedTime since={Date.parse(server.since)} short={!differs} />
      </span>
      <span role="gridcell" className="cell-sessions num">
        {isStale || server.haproxy.sessionsCurrent === null
          ? "–"
          : formatShortThousands(server.haproxy.sessionsCurrent)}
      </span>
      <span role="gridcell" className="cell-check truncate">
        <CheckTag server={server} />
      </span>
      <span role="gridcell" className="cell-address truncate muted mono">
        {server.address ?? "–"}
      </span>
      <span role="gridcell" className="cell-change num muted">
        {server.haproxy.changedSecondsAgo === null ? "–" : formatShortElapsed(server.haproxy.changedSecondsAgo * 1_000)}
      </span>
    </div>
  );
});

function SideCell({ className, text, isBold }: { className: string; text: SideText; isBold: boolean }) {
  return (
    <span role="gridcell" className={`${className} side-cell num`}>
      {isBold ? <b>{text.primary}</b> : <span>{text.primary}</span>}{" "}
      {text.failing !== "" && <b className="verdict-text truncate">{text.failing}</b>}{" "}
      {text.secondary !== "" && <span className="muted truncate">{text.secondary}</span>}{" "}
      {text.duration !== "" && <span className="muted duration">{text.duration}</span>}
    </span>
  );
}

function CheckTag({ server }: { server: ServerStatus }) {
  if (server.expected !== null) return <span className="tag">expected</span>;
  if (server.quality === null) return <span className="muted">–</span>;
  if (server.quality === "check-ok") return <span className="muted">check-ok</span>;
  return <span className="tag truncate">{server.quality}</span>;
}
