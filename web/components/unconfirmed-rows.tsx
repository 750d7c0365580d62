import type { ServerStatus } from "../../server/contract/status.ts";
import { unconfirmedSentence } from "../lib/headline.ts";
import { glyphOf, verdictLabel } from "../lib/display-verdict.ts";
import { Glyph } from "./glyph.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import { Strip } from "./strip.tsx";
import "./unconfirmed-rows.css";

const ROWS_MAX = 3;

/** Mismatches that are not confirmed: one line each, never a card, so that the layout does not shift. */
export function UnconfirmedRows({ servers, onShowAll }: { servers: readonly ServerStatus[]; onShowAll: () => void }) {
  if (servers.length === 0) return null;
  return (
    <section className="unconfirmed verdict-suspected" aria-label="Pending confirmation">
      {servers.slice(0, ROWS_MAX).map((server) => (
        <div className="unconfirmed-row block" key={server.key}>
          <span className="unconfirmed-verdict verdict-text">
            <Glyph name={glyphOf(server)} /> {verdictLabel(server)}
          </span>
          <span className="unconfirmed-text truncate">
            <b>{server.server}</b>{" "}
            <span className="unconfirmed-location">{`${server.backend} on ${server.instance}: `}</span>
            {unconfirmedSentence(server).replace(`${server.server} `, "")}
          </span>
          <span className="unconfirmed-strip">
            <Strip server={server} />
          </span>
          <ElapsedTime since={Date.parse(server.since)} className="unconfirmed-since" />
        </div>
      ))}
      {servers.length > ROWS_MAX && (
        <button type="button" className="unconfirmed-more block" onClick={onShowAll}>
          and {servers.length - ROWS_MAX} more
        </button>
      )}
    </section>
  );
}
