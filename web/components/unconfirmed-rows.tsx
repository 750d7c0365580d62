import type { ServerStatus } from "../../server/contract/status.ts";
import { unconfirmedPredicate } from "../lib/headline.ts";
import { distinctNames, groupByFault, groupName } from "../lib/mismatch-group.ts";
import { formatList } from "../lib/quantity-format.ts";
import { glyphOf, verdictLabel } from "../lib/display-verdict.ts";
import { useHeldMaximum } from "../state/use-held-maximum.ts";
import { Glyph } from "./glyph.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import { Strip } from "./strip.tsx";
import "./unconfirmed-rows.css";

const ROWS_MAX = 3;
/** A row that ends keeps its place this long: the next one often follows within seconds. */
const HOLD_PLACE_MS = 15_000;

interface UnconfirmedRowsProps {
  readonly servers: readonly ServerStatus[];
  /** The fleet has several sites. */
  readonly spansSites: boolean;
  readonly onShowAll: () => void;
}

/** Mismatches that are not confirmed: one line for each fault, never a card, so that the layout does not shift. */
export function UnconfirmedRows({ servers, spansSites, onShowAll }: UnconfirmedRowsProps) {
  const faults = groupByFault(servers);
  const shown = Math.min(faults.length, ROWS_MAX);
  const places = useHeldMaximum(shown, HOLD_PLACE_MS);
  if (places === 0) return null;
  return (
    <section className="unconfirmed verdict-suspected" aria-label="Pending confirmation">
      {faults.slice(0, ROWS_MAX).map((members) => (
        <UnconfirmedRow key={members[0]?.key} members={members} spansSites={spansSites} />
      ))}
      {Array.from({ length: places - shown }, (_, n) => (
        <div className="unconfirmed-row unconfirmed-place block" key={`place ${n}`} />
      ))}
      {faults.length > ROWS_MAX && (
        <button type="button" className="unconfirmed-more block" onClick={onShowAll}>
          and {faults.length - ROWS_MAX} more
        </button>
      )}
    </section>
  );
}

function UnconfirmedRow({ members, spansSites }: { members: readonly ServerStatus[]; spansSites: boolean }) {
  const [first] = members;
  if (first === undefined) return null;
  const backends = formatList(distinctNames(members, (member) => member.backend));
  const instances = formatList(distinctNames(members, (member) => member.instance));
  return (
    <div className="unconfirmed-row block">
      <span className="unconfirmed-verdict verdict-text">
        <Glyph name={glyphOf(first)} /> {verdictLabel(first)}
      </span>
      <span className="unconfirmed-text truncate">
        <b>{groupName({ members, spansSites })}</b>{" "}
        <span className="unconfirmed-location">{`${backends} on ${instances}: `}</span>
        {unconfirmedPredicate(members)}
      </span>
      <span className="unconfirmed-strip">
        <Strip serverKeys={first.key} subject={`${first.server} on ${first.instance}`} />
      </span>
      <ElapsedTime since={Date.parse(first.since)} className="unconfirmed-since" />
    </div>
  );
}
