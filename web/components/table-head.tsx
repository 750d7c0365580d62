import type { ServerColumn, ServerSort } from "../lib/server-sort.ts";
import type { StripRange } from "../lib/strip-range.ts";
import { MomentHandle } from "./moment-handle.tsx";
import { SortHead } from "./sort-head.tsx";
import { TimeAxis } from "./time-axis.tsx";

interface TableHeadProps {
  readonly isDisconnected: boolean;
  /** What the strips show. */
  readonly range: StripRange;
}

interface SortedHeadProps extends TableHeadProps {
  readonly sort: ServerSort;
  readonly onSort: (column: ServerColumn) => void;
}

const BEFORE_STRIP: readonly (readonly [ServerColumn, string])[] = [
  ["verdict", "Verdict"],
  ["server", "Server"],
  ["haproxy", "HAProxy says"],
  ["probe", "haprobe saw"],
];
const BEHIND_STRIP: readonly (readonly [ServerColumn, string, string])[] = [
  ["since", "Since", "cell-since"],
  ["sessions", "Sessions", "cell-sessions"],
  ["check", "Check", "cell-check"],
  ["address", "Address", "cell-address"],
  ["changed", "Changed", "cell-change"],
];

/** Column heads of the servers, by which they are sorted. */
export function TableHead({ sort, onSort, ...axis }: SortedHeadProps) {
  return (
    <div role="rowgroup" className="table-head">
      <div role="row" aria-rowindex={1} className="head-row">
        {BEFORE_STRIP.map(([column, label]) => (
          <SortHead key={column} column={column} sort={sort} onSort={onSort}>
            {label}
          </SortHead>
        ))}
        <AxisHead {...axis} />
        {BEHIND_STRIP.map(([column, label, className]) => (
          <SortHead key={column} column={column} sort={sort} onSort={onSort} className={className}>
            {label}
          </SortHead>
        ))}
      </div>
    </div>
  );
}

/** Column heads of the backends. */
export function BackendHead(axis: TableHeadProps) {
  return (
    <div role="rowgroup" className="table-head">
      <div role="row" aria-rowindex={1} className="head-row backend-columns">
        <span role="columnheader">Backend</span>
        <span role="columnheader" aria-colspan={2} className="backend-head-cells">
          HAProxy over haprobe
        </span>
        <span role="columnheader" className="backend-check">
          Health check
        </span>
        <AxisHead {...axis} />
        <span role="columnheader" className="backend-traffic">
          Traffic
        </span>
      </div>
    </div>
  );
}

function AxisHead({ isDisconnected, range }: TableHeadProps) {
  return (
    <span role="columnheader" className="cell-strip" aria-label={`Last ${range.label}`}>
      <TimeAxis isDisconnected={isDisconnected} />
      <MomentHandle />
    </span>
  );
}
