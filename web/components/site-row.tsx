import { memo } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { healthyText, type SiteGroup } from "../lib/backend-group.ts";
import { DISPLAY_VERDICTS, verdictClass } from "../lib/display-verdict.ts";
import { formatPlural, formatThousands } from "../lib/quantity-format.ts";
import { hasSameMembers } from "../lib/same-members.ts";
import { BackendCells } from "./backend-cells.tsx";
import { countVerdicts, VerdictCounts } from "./group-row.tsx";
import { ChevronIcon } from "./icons.tsx";
import { Name } from "./name.tsx";

interface SiteRowProps {
  readonly layout: "servers" | "backends";
  readonly site: SiteGroup;
  /** Every server of the site, also those that a filter hides. */
  readonly members: readonly ServerStatus[];
  readonly isExpanded: boolean;
  readonly isActive: boolean;
  readonly rowIndex: number;
}

/** Head of a site in a table that is grouped by them: its servers by verdict. */
export const SiteRow = memo(function SiteRow(props: SiteRowProps) {
  const { layout, site, members, isExpanded, isActive, rowIndex } = props;
  const counts = countVerdicts(members);
  const worst = DISPLAY_VERDICTS[site.worstRank] ?? "agree-up";
  const isMismatch = worst === "false-up" || worst === "false-down";
  const name = (
    <span className="group-title">
      <span className={`chevron ${isExpanded ? "chevron-open" : ""}`}>
        <ChevronIcon />
      </span>
      <span className="group-name">
        <b>
          <Name text={site.site} />
        </b>{" "}
        <span className="group-mode muted">{formatPlural(site.groups.length, "backend")}</span>
      </span>
    </span>
  );
  const healthy = (
    <span className="group-healthy num">
      {healthyText(members)} of {formatThousands(members.length)} healthy
    </span>
  );
  return (
    <div
      role="row"
      className={`group site-group ${verdictClass(worst)} ${isMismatch ? "group-mismatch" : ""}`}
      data-group={site.id}
      aria-rowindex={rowIndex}
      aria-level={1}
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
        </span>
      ) : (
        <span role="gridcell" aria-colspan={6} className="group-cell backend-columns">
          {name}
          <span className="backend-cells">
            <BackendCells members={members} />
          </span>
          {healthy}
          <span className="site-counts">
            <VerdictCounts counts={counts} />
          </span>
        </span>
      )}
    </div>
  );
}, hasSameMembers);
