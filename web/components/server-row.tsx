import { memo } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { glyphOf, VERDICT_LABELS, displayVerdictOf, verdictLabel } from "../lib/display-verdict.ts";
import { formatShortThousands, formatShortElapsed } from "../lib/quantity-format.ts";
import { haproxySideText, probeSideText, type SideText } from "../lib/server-text.ts";
import { Glyph } from "./glyph.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import { Strip } from "./strip.tsx";

interface ServerRowProps {
  readonly server: ServerStatus;
  readonly isExpanded: boolean;
  readonly isActive: boolean;
  readonly rowIndex: number;
}

/** One server in one line: the verdict, both witnesses side by side, since when. */
export const ServerRow = memo(function ServerRow({ server, isExpanded: isOpen, isActive, rowIndex }: ServerRowProps) {
  const kind = displayVerdictOf(server);
  const isLoud = server.expected === null && (kind === "false-up" || kind === "false-down");
  const differs = kind === "false-up" || kind === "false-down" || kind === "suspected";
  const ours = probeSideText(server.probe);
  const look = [
    "row",
    VERDICT_LABELS[kind].colourClass,
    `row-${kind}`,
    isLoud ? "row-loud" : "",
    isOpen ? "row-open" : "",
  ];
  return (
    <div
      role="row"
      className={look.join(" ")}
      data-key={server.key}
      aria-rowindex={rowIndex}
      aria-level={2}
      aria-expanded={isOpen}
      tabIndex={isActive ? 0 : -1}
    >
      <span role="gridcell" className="cell-verdict clip">
        <Glyph name={glyphOf(server)} />
        <span className="cell-word">{verdictLabel(server)}</span>
      </span>
      <span role="gridcell" className="cell-name clip" title={server.key}>
        {server.server}
      </span>
      <SideCell className="cell-haproxy" text={haproxySideText(server.haproxy)} isBold={differs} />
      <SideCell className="cell-probe" text={ours} isBold={differs} />
      <span role="gridcell" className="cell-strip">
        <Strip server={server} />
      </span>
      <span role="gridcell" className="cell-since" title={server.since}>
        <ElapsedTime since={Date.parse(server.since)} short={!differs} />
      </span>
      <span role="gridcell" className="cell-sessions num">
        {server.haproxy.sessionsCurrent === null ? "–" : formatShortThousands(server.haproxy.sessionsCurrent)}
      </span>
      <span role="gridcell" className="cell-check clip">
        <CheckTag server={server} />
      </span>
      <span role="gridcell" className="cell-address clip quiet mono">
        {server.address ?? "–"}
      </span>
      <span role="gridcell" className="cell-change num quiet">
        {server.haproxy.changedSecondsAgo === null ? "–" : formatShortElapsed(server.haproxy.changedSecondsAgo * 1_000)}
      </span>
    </div>
  );
});

function SideCell({ className, text: words, isBold }: { className: string; text: SideText; isBold: boolean }) {
  return (
    <span role="gridcell" className={`${className} clip num`}>
      {isBold ? <b>{words.primary}</b> : words.primary}{" "}
      {words.failing !== "" && <b className="ink">{words.failing} </b>}
      <span className="quiet">
        {words.secondary} <span className="took">{words.duration}</span>
      </span>
    </span>
  );
}

function CheckTag({ server }: { server: ServerStatus }) {
  if (server.expected !== null) return <span className="tag">expected</span>;
  if (server.quality === null) return <span className="quiet">–</span>;
  if (server.quality === "check-ok") return <span className="quiet">check-ok</span>;
  return <span className="tag clip">{server.quality}</span>;
}
