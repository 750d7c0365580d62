import { memo } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import {
  type DisplayVerdict,
  VERDICT_LABELS,
  verdictClass,
  DISPLAY_VERDICTS,
  displayVerdictOf,
} from "../lib/display-verdict.ts";
import { isUnreached } from "../lib/blindness.ts";
import { type BackendGroup, healthyText, MISMATCH_RANK_MAX } from "../lib/backend-group.ts";
import { formatThousands } from "../lib/quantity-format.ts";
import { hasSameMembers } from "../lib/same-members.ts";
import { checkText, depthText } from "../lib/server-text.ts";
import { BackendCells } from "./backend-cells.tsx";
import { Strip } from "./strip.tsx";
import { ChevronIcon } from "./icons.tsx";
import { Name } from "./name.tsx";
import { Glyph } from "./glyph.tsx";
import { TrafficRate } from "./traffic-rate.tsx";

interface GroupRowProps {
  readonly layout: "servers" | "backends";
  readonly group: BackendGroup;
  /** Every server of the backend, also those that a filter hides. */
  readonly members: readonly ServerStatus[];
  readonly isExpanded: boolean;
  readonly isActive: boolean;
  readonly rowIndex: number;
  /** Below the row of a site. */
  readonly isBelowSite: boolean;
  readonly isUnreachable: boolean;
  /** Age in milliseconds from which what HAProxy counts is marked as old. */
  readonly staleAfterMs: number;
}

const COUNTED_VERDICTS: readonly DisplayVerdict[] = DISPLAY_VERDICTS.filter((kind) => kind !== "agree-up");

/** Head of a backend: servers by verdict, healthy servers, what the health check verifies. */
export const GroupRow = memo(function GroupRow(props: GroupRowProps) {
  const { layout, group, members, isExpanded, isActive, rowIndex, isBelowSite, isUnreachable, staleAfterMs } = props;
  const counts = countVerdicts(members);
  const unknown = members.filter((server) => server.verdict === "unknown").length;
  const blindCount = members.filter(isUnreached).length;
  const first = members[0];
  const worst = colourOf(group, counts);
  const isMismatch = worst === "false-up" || worst === "false-down";
  const checks = members.find((server) => server.haproxy.checkStatus?.endsWith("OK")) ?? first;
  const name = (
    <span className="group-title">
      <span className={`chevron ${isExpanded ? "chevron-open" : ""}`}>
        <ChevronIcon />
      </span>
      <span className="group-name">
        <Name text={group.instance} className="group-instance" />
        <span className="group-instance"> / </span>
        <b>
          <Name text={group.backend} />
        </b>{" "}
        <span className="group-mode muted">{group.mode}</span>
      </span>
    </span>
  );
  const traffic = isUnreachable ? (
    "–"
  ) : (
    <TrafficRate serverKeys={group.keys} mode={group.mode} staleAfterMs={staleAfterMs} />
  );
  const isMostlyBlind = !isUnreachable && blindCount * 2 > members.length;
  const healthy = (
    <span className="group-healthy num" title={isMostlyBlind ? "HAProxy's word alone" : undefined}>
      {healthyCountText(members, isUnreachable, isMostlyBlind)}
      <span className="group-healthy-word">{isMostlyBlind ? " there" : " healthy"}</span>
      {/* The cells of the backends show it. */}
      {unknown > 0 && unknown < members.length && !isUnreachable && !isMostlyBlind && (
        <span className={layout === "servers" ? "" : "visually-hidden"}>, {unknown} unknown</span>
      )}
    </span>
  );
  return (
    <div
      role="row"
      className={`group ${isBelowSite ? "group-below-site" : ""} ${verdictClass(worst)} ${isMismatch ? "group-mismatch" : ""}`}
      data-group={group.id}
      aria-rowindex={rowIndex}
      aria-level={isBelowSite ? 2 : 1}
      aria-expanded={isExpanded}
      tabIndex={isActive ? 0 : -1}
    >
      {layout === "servers" ? (
        <span role="gridcell" aria-colspan={10} className="group-cell">
          {name}
          <span className="group-counts">
            {healthy}
            <VerdictCounts counts={counts} />
          </span>
          <span className="group-check muted truncate">{checks && checkDepthText(checks)}</span>
          <span className="group-traffic">{traffic}</span>
        </span>
      ) : (
        <span role="gridcell" aria-colspan={6} className="group-cell backend-columns">
          {name}
          <span className="backend-cells">
            <BackendCells members={members} />
            <span className="visually-hidden">
              {COUNTED_VERDICTS.filter((kind) => counts.has(kind))
                .map((kind) => `${counts.get(kind)} ${VERDICT_LABELS[kind].label}`)
                .join(", ")}
            </span>
          </span>
          {healthy}
          <span className="backend-check truncate">{checks && <CheckDepthTag server={checks} />}</span>
          <span className="cell-strip">
            <Strip
              serverKeys={group.keys}
              subject={`${group.backend} on ${group.instance}, the worst of its servers`}
            />
          </span>
          <span className="backend-traffic">{traffic}</span>
        </span>
      )}
    </div>
  );
}, hasSameMembers);

/** The verdict that colours a backend: its place keeps the verdict of an incident that heals, its colour says what is now. */
function colourOf(group: BackendGroup, counts: ReadonlyMap<DisplayVerdict, number>): DisplayVerdict {
  const worst = DISPLAY_VERDICTS[group.worstRank] ?? "agree-up";
  if (group.worstRank > MISMATCH_RANK_MAX || counts.has(worst)) return worst;
  return counts.has("unknown") ? "unknown" : "suspected";
}

/** Number of servers with each verdict that occurs. */
export function countVerdicts(members: readonly ServerStatus[]): ReadonlyMap<DisplayVerdict, number> {
  const counts = new Map<DisplayVerdict, number>();
  for (const server of members) counts.set(displayVerdictOf(server), (counts.get(displayVerdictOf(server)) ?? 0) + 1);
  return counts;
}

/** Glyph and number of each verdict but agreement that it is up. */
export function VerdictCounts({ counts }: { counts: ReadonlyMap<DisplayVerdict, number> }) {
  return COUNTED_VERDICTS.map((kind) => <VerdictCount key={kind} kind={kind} count={counts.get(kind) ?? 0} />);
}

function VerdictCount({ kind, count }: { kind: DisplayVerdict; count: number }) {
  if (count === 0) return null;
  return (
    <span className={`${verdictClass(kind)} group-count num verdict-text`} title={VERDICT_LABELS[kind].label}>
      <Glyph name={kind} size={14} /> {formatThousands(count)}
      <span className="visually-hidden"> {VERDICT_LABELS[kind].label}</span>
    </span>
  );
}

/** What the health check verifies: a tag where that is not the application. */
function CheckDepthTag({ server: { haproxy } }: { server: ServerStatus }) {
  if (haproxy.depth === null) return null;
  if (haproxy.depth === "application") return <span className="muted">{checkText(haproxy)}</span>;
  return <span className="tag truncate">{depthText(haproxy)}</span>;
}

function healthyCountText(members: readonly ServerStatus[], isUnreachable: boolean, isMostlyBlind: boolean): string {
  const total = formatThousands(members.length);
  if (isUnreachable) return `? of ${total}`;
  if (isMostlyBlind) return `${formatThousands(members.filter(({ haproxy }) => haproxy.usable).length)} of ${total} UP`;
  return `${healthyText(members)} of ${total}`;
}

function checkDepthText(server: ServerStatus): string {
  const { haproxy } = server;
  if (haproxy.depth === "application") return `health check: ${checkText(haproxy)}`;
  if (haproxy.depth === "none") return "no check";
  if (haproxy.depth === null) return "";
  return `health check: ${depthText(haproxy)}`;
}
