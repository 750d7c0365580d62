import { memo } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { type DisplayVerdict, VERDICT_LABELS, DISPLAY_VERDICTS, displayVerdictOf } from "../lib/display-verdict.ts";
import type { BackendGroup } from "../lib/backend-group.ts";
import { checkText, depthText } from "../lib/server-text.ts";
import { ChevronIcon } from "./icons.tsx";
import { Glyph } from "./glyph.tsx";

interface GroupRowProps {
  readonly group: BackendGroup;
  /** Every server of the backend, also those that a filter hides. */
  readonly members: readonly ServerStatus[];
  readonly isExpanded: boolean;
  readonly isActive: boolean;
  readonly rowIndex: number;
  readonly isUnreachable: boolean;
}

const COUNTED_VERDICTS: readonly DisplayVerdict[] = DISPLAY_VERDICTS.filter((kind) => kind !== "agree-up");

/** `lb-1 / k8s-api`: how many of each verdict, how many are good, how far the check looks. */
export const GroupRow = memo(function GroupRow(props: GroupRowProps) {
  const { group, members, isExpanded: isOpen, isActive, rowIndex, isUnreachable: isSilent } = props;
  const counts = new Map<DisplayVerdict, number>();
  for (const server of members) counts.set(displayVerdictOf(server), (counts.get(displayVerdictOf(server)) ?? 0) + 1);
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
          {COUNTED_VERDICTS.map((kind) => {
            const count = counts.get(kind) ?? 0;
            if (count === 0) return null;
            return (
              <span
                key={kind}
                className={`${VERDICT_LABELS[kind].colourClass} group-count num ink`}
                title={VERDICT_LABELS[kind].label}
              >
                <Glyph name={kind} size={14} /> {count}
                <span className="seen-by-readers-only"> {VERDICT_LABELS[kind].label}</span>
              </span>
            );
          })}
          <span className="group-good num">
            {healthyCountText(members, counts.get("agree-up") ?? 0, isSilent, blind)}
          </span>
        </span>
        <span className="group-check quiet clip">{checks && checkDepthText(checks)}</span>
      </span>
    </div>
  );
});

function healthyCountText(members: readonly ServerStatus[], good: number, isSilent: boolean, blind: number): string {
  if (isSilent) return `? of ${members.length} good`;
  if (blind * 2 > members.length) {
    return `${members.filter((server) => server.haproxy.usable).length} of ${members.length} UP there`;
  }
  return `${good} of ${members.length} good`;
}

function checkDepthText(server: ServerStatus): string {
  const { haproxy } = server;
  if (haproxy.depth === "application") return `check sees ${checkText(haproxy)}`;
  if (haproxy.depth === "none") return "no check";
  if (haproxy.depth === null) return "";
  const status = haproxy.depth === "connection" ? "L4OK" : "L6OK";
  return `check sees ${status}: ${depthText(haproxy)}`;
}
