import { formatPlural } from "../lib/quantity-format.ts";
import { describeFilters, type ViewQuery } from "../lib/view-query.ts";
import { CodeBlock } from "./code-block.tsx";
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

const SOCKET_LINES = ["global", "    stats socket /run/haproxy/admin.sock mode 660 level user"];
const SERVE_LINE = "haprobe serve --haproxy unix:/run/haproxy/admin.sock";

/** Shown without a server: no HAProxy is configured, or none has reported a server. */
export function FirstRun({ instances }: { instances: readonly { stats: string; status: string }[] }) {
  return (
    <section className="first-run">
      <h1 className="first-run-title">{instances.length === 0 ? "No HAProxy found yet" : "No server reported yet"}</h1>
      <p className="first-run-intro">This page updates itself as soon as HAProxy reports a server.</p>
      {instances.length > 0 && (
        <dl className="instance-results block">
          {instances.map(({ stats, status }) => (
            <div key={stats}>
              <dt className="mono">{stats}</dt>
              <dd>{status}</dd>
            </div>
          ))}
        </dl>
      )}
      {instances.length === 0 && <FirstSteps />}
    </section>
  );
}

function FirstSteps() {
  return (
    <ol className="steps">
      <li>
        <p>
          <b>Give HAProxy a socket</b> <span className="muted">that haprobe's user may read and write</span>
        </p>
        <CodeBlock lines={SOCKET_LINES} label="the lines for haproxy.cfg" />
      </li>
      <li>
        <p>
          <b>Point haprobe at it</b>
        </p>
        <CodeBlock lines={[SERVE_LINE]} label="the command" />
      </li>
      <li>
        <p>
          <b>Nothing else.</b> <span className="muted">haprobe derives what to probe from HAProxy's own servers.</span>
        </p>
      </li>
    </ol>
  );
}
