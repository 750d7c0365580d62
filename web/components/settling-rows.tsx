import type { ServerStatus } from "../../server/contract/status.ts";
import { settlingSentence } from "../lib/headline.ts";
import { glyphOf, verdictWord } from "../lib/kind.ts";
import { Glyph } from "./glyph.tsx";
import { Since } from "./since.tsx";
import { Strip } from "./strip.tsx";
import "./settling-rows.css";

const SHOWN = 3;

/** Disagreements that may still turn out to be nothing: a line each, never a card, so that the page does not jump. */
export function SettlingRows({ servers, onMore }: { servers: readonly ServerStatus[]; onMore: () => void }) {
  if (servers.length === 0) return null;
  return (
    <section className="settling su" aria-label="Not decided yet">
      {servers.slice(0, SHOWN).map((server) => (
        <div className="settling-row block" key={server.key}>
          <span className="settling-word ink">
            <Glyph name={glyphOf(server)} /> {verdictWord(server)}
          </span>
          <span className="settling-text clip">
            <b>{server.server}</b> <span className="settling-place">{`${server.backend} on ${server.instance}: `}</span>
            {settlingSentence(server).replace(`${server.server} `, "")}
          </span>
          <span className="settling-strip">
            <Strip server={server} />
          </span>
          <Since at={Date.parse(server.since)} className="settling-since" />
        </div>
      ))}
      {servers.length > SHOWN && (
        <button type="button" className="settling-more block" onClick={onMore}>
          and {servers.length - SHOWN} more settle
        </button>
      )}
    </section>
  );
}
