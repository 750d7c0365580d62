import { memo } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { type Kind, KIND_WORDS, KINDS, kindOf } from "../lib/kind.ts";
import type { Group } from "../lib/order.ts";
import { checkWords, depthWords } from "../lib/witness.ts";
import { ChevronIcon } from "./icons.tsx";
import { Glyph } from "./glyph.tsx";

interface GroupRowProps {
  readonly group: Group;
  /** Every server of the backend, also those that a filter hides. */
  readonly members: readonly ServerStatus[];
  readonly isOpen: boolean;
  readonly isActive: boolean;
  readonly rowIndex: number;
  readonly isSilent: boolean;
}

const SHOWN: readonly Kind[] = KINDS.filter((kind) => kind !== "agree-up");

/** `lb-1 / k8s-api`: how many of each verdict, how many are good, how far the check looks. */
export const GroupRow = memo(function GroupRow(props: GroupRowProps) {
  const { group, members, isOpen, isActive, rowIndex, isSilent } = props;
  const counts = new Map<Kind, number>();
  for (const server of members) counts.set(kindOf(server), (counts.get(kindOf(server)) ?? 0) + 1);
  const blind = members.filter((server) => server.reason === "prober-blind").length;
  const first = members[0];
  const checks = members.find((server) => server.haproxy.checkStatus?.endsWith("OK")) ?? first;
  return (
    <div
      role="row"
      className="group"
      data-group={group.id}
      aria-rowindex={rowIndex}
      aria-level={1}
      aria-expanded={isOpen}
      tabIndex={isActive ? 0 : -1}
    >
      <span role="gridcell" aria-colspan={10} className="group-cell">
        <span className={`chevron ${isOpen ? "chevron-open" : ""}`}>
          <ChevronIcon />
        </span>
        <span className="group-name clip">
          <span className="group-instance">{group.instance} / </span>
          <b>{group.backend}</b> <span className="quiet">{group.mode}</span>
        </span>
        <span className="group-counts">
          {SHOWN.map((kind) => {
            const count = counts.get(kind) ?? 0;
            if (count === 0) return null;
            return (
              <span key={kind} className={`${KIND_WORDS[kind].tint} group-count num ink`} title={KIND_WORDS[kind].word}>
                <Glyph name={kind} size={14} /> {count}
                <span className="seen-by-readers-only"> {KIND_WORDS[kind].word}</span>
              </span>
            );
          })}
          <span className="group-good num">{goodWords(members, counts.get("agree-up") ?? 0, isSilent, blind)}</span>
        </span>
        <span className="group-check quiet clip">{checks && sees(checks)}</span>
      </span>
    </div>
  );
});

function goodWords(members: readonly ServerStatus[], good: number, isSilent: boolean, blind: number): string {
  if (isSilent) return `? of ${members.length} good`;
  if (blind * 2 > members.length) {
    return `${members.filter((server) => server.haproxy.usable).length} of ${members.length} UP there`;
  }
  return `${good} of ${members.length} good`;
}

function sees(server: ServerStatus): string {
  const { haproxy } = server;
  if (haproxy.depth === "application") return `check sees ${checkWords(haproxy)}`;
  if (haproxy.depth === "none") return "no check";
  if (haproxy.depth === null) return "";
  const status = haproxy.depth === "connection" ? "L4OK" : "L6OK";
  return `check sees ${status}: ${depthWords(haproxy)}`;
}
