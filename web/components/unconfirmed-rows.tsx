import type { ServerStatus } from "../../server/contract/status.ts";
import { unconfirmedSentence } from "../lib/headline.ts";
import { glyphOf, verdictLabel } from "../lib/display-verdict.ts";
import { Glyph } from "./glyph.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import { Strip } from "./strip.tsx";
import "./settling-rows.css";

const ROWS_MAX = 3;

/** Disagreements that may still turn out to be nothing: a line each, never a card, so that the page does not jump. */
export function UnconfirmedRows({
  servers,
  onShowAll: onMore,
}: {
  servers: readonly ServerStatus[];
  onShowAll: () => void;
}) {
  if (servers.length === 0) return null;
  return (
    <section className="settling su" aria-label="Not decided yet">
      {servers.slice(0, ROWS_MAX).map((server) => (
        <div className="settling-row block" key={server.key}>
          <span className="settling-word ink">
            <Glyph name={glyphOf(server)} /> {verdictLabel(server)}
          </span>
          <span className="settling-text clip">
            <b>{server.server}</b> <span className="settling-place">{`${server.backend} on ${server.instance}: `}</span>
            {unconfirmedSentence(server).replace(`${server.server} `, "")}
          </span>
          <span className="settling-strip">
            <Strip server={server} />
          </span>
          <ElapsedTime since={Date.parse(server.since)} className="settling-since" />
        </div>
      ))}
      {servers.length > ROWS_MAX && (
        <button type="button" className="settling-more block" onClick={onMore}>
          and {servers.length - ROWS_MAX} more settle
        </button>
      )}
    </section>
  );
}
