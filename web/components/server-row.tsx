import { memo } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { glyphOf, KIND_WORDS, kindOf, verdictWord } from "../lib/kind.ts";
import { shortCount, shortDuration } from "../lib/quantity.ts";
import { haproxyWords, probeWords, type WitnessWords } from "../lib/witness.ts";
import { Glyph } from "./glyph.tsx";
import { Since } from "./since.tsx";
import { Strip } from "./strip.tsx";

interface ServerRowProps {
  readonly server: ServerStatus;
  readonly isOpen: boolean;
  readonly isActive: boolean;
  readonly rowIndex: number;
}

/** One server in one line: the verdict, both witnesses side by side, since when. */
export const ServerRow = memo(function ServerRow({ server, isOpen, isActive, rowIndex }: ServerRowProps) {
  const kind = kindOf(server);
  const isLoud = server.expected === null && (kind === "false-up" || kind === "false-down");
  const differs = kind === "false-up" || kind === "false-down" || kind === "suspected";
  const ours = probeWords(server.probe);
  const look = ["row", KIND_WORDS[kind].tint, `row-${kind}`, isLoud ? "row-loud" : "", isOpen ? "row-open" : ""];
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
        <span className="cell-word">{verdictWord(server)}</span>
      </span>
      <span role="gridcell" className="cell-name clip" title={server.key}>
        {server.server}
      </span>
      <Said className="cell-haproxy" words={haproxyWords(server.haproxy)} isBold={differs} />
      <Said className="cell-probe" words={ours} isBold={differs} />
      <span role="gridcell" className="cell-strip">
        <Strip server={server} />
      </span>
      <span role="gridcell" className="cell-since" title={server.since}>
        <Since at={Date.parse(server.since)} short={!differs} />
      </span>
      <span role="gridcell" className="cell-sessions num">
        {server.haproxy.sessionsCurrent === null ? "–" : shortCount(server.haproxy.sessionsCurrent)}
      </span>
      <span role="gridcell" className="cell-check clip">
        <CheckTag server={server} />
      </span>
      <span role="gridcell" className="cell-address clip quiet mono">
        {server.address ?? "–"}
      </span>
      <span role="gridcell" className="cell-change num quiet">
        {server.haproxy.changedSecondsAgo === null ? "–" : shortDuration(server.haproxy.changedSecondsAgo * 1_000)}
      </span>
    </div>
  );
});

function Said({ className, words, isBold }: { className: string; words: WitnessWords; isBold: boolean }) {
  return (
    <span role="gridcell" className={`${className} clip num`}>
      {isBold ? <b>{words.lead}</b> : words.lead} {words.evidence !== "" && <b className="ink">{words.evidence} </b>}
      <span className="quiet">
        {words.rest} <span className="took">{words.took}</span>
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
