import { formatPlural } from "../lib/quantity-format.ts";
import { describeFilters, type ViewQuery } from "../lib/view-query.ts";
import "./empty-states.css";

const ROWS = [120, 96, 140, 110, 128, 90, 132, 104];

/** Placeholder rows while loading. */
export function SkeletonRows() {
  return (
    <div className="skeleton-rows" aria-hidden="true">
      {ROWS.map((width) => (
        <div className="skeleton-row" key={width}>
          <span className="skeleton" />
          <Bar width={width} />
          <span className="skeleton-dots" />
        </div>
      ))}
    </div>
  );
}

const BACKEND_ROWS = [
  [144, 40],
  [116, 74],
  [164, 110],
  [125, 40],
  [144, 75],
  [116, 110],
  [154, 40],
  [105, 75],
] as const;

/** The table of backends while loading: its heads, and placeholders in its columns. */
export function SkeletonBackends() {
  return (
    <div className="table table-backends block" aria-hidden="true">
      <div className="table-head head-row backend-columns">
        <span>Backend</span>
        <span className="backend-head-cells">HAProxy over haprobe</span>
        <span className="backend-check">Health check</span>
        <span className="cell-strip axis">
          <span className="axis-now">now</span>
        </span>
        <span className="backend-traffic">Traffic</span>
      </div>
      {BACKEND_ROWS.map(([name, cells], n) => (
        <div className="head-row backend-columns" key={n}>
          <Bar width={name} />
          <Bar width={cells} />
          <Bar width={60} />
          <span className="backend-check">
            <Bar width={110} />
          </span>
          <span className="cell-strip skeleton-dots" />
          <span className="backend-traffic">
            <Bar width={56} />
          </span>
        </div>
      ))}
    </div>
  );
}

function Bar({ width }: { width: number }) {
  return (
    <svg width={width} height="12">
      <rect width={width} height="12" rx="3" className="skeleton-fill" />
    </svg>
  );
}

/** Shown when no server passes the filters: names the filters and counts what they hide. */
export function NoMatch({
  query,
  hiddenCount,
  onClear,
}: {
  query: ViewQuery;
  hiddenCount: number;
  onClear: () => void;
}) {
  return (
    <div className="no-match block">
      <p>
        <b>No server matches.</b> {formatPlural(hiddenCount, "is", "are")} hidden by {describeFilters(query)}.
      </p>
      <button type="button" className="button" onClick={onClear}>
        Clear
      </button>
    </div>
  );
}
