import { formatPlural } from "../lib/quantity-format.ts";
import { describeFilters, type ViewQuery } from "../lib/view-query.ts";
import { CopyButton } from "./copy-button.tsx";
import "./places.css";

const ROWS = [120, 96, 140, 110, 128, 90, 132, 104];

/** The real frame with grey bars where words will be: no green, no zero. */
export function SkeletonRows() {
  return (
    <div className="loading" aria-hidden="true">
      {ROWS.map((width) => (
        <div className="loading-row" key={width}>
          <span className="bar" />
          <svg width={width} height="12">
            <rect width={width} height="12" rx="3" className="bar-fill" />
          </svg>
          <span className="loading-dots" />
        </div>
      ))}
    </div>
  );
}

/** Nothing passes the filters: says so, and which filter hides how many. */
export function NoMatch({
  query,
  hiddenCount: hidden,
  onClear,
}: {
  query: ViewQuery;
  hiddenCount: number;
  onClear: () => void;
}) {
  return (
    <div className="no-match block">
      <p>
        <b>No server matches.</b> {formatPlural(hidden, "is", "are")} hidden by {describeFilters(query)}.
      </p>
      <button type="button" className="button" onClick={onClear}>
        Clear
      </button>
    </div>
  );
}

const SOCKET_LINES = "global\n    stats socket /run/haproxy/admin.sock mode 660 level user";
const SERVE_LINE = "haprobe serve --haproxy unix:/run/haproxy/admin.sock";

/** Nothing to watch yet: no HAProxy is configured, or none has told of a server. */
export function FirstRun({ instances: tried }: { instances: readonly { stats: string; status: string }[] }) {
  return (
    <section className="first-run">
      <h1 className="first-title">{tried.length === 0 ? "No HAProxy found yet" : "No server to show yet"}</h1>
      <p className="first-lead">This page fills by itself as soon as HAProxy answers with a server.</p>
      {tried.length > 0 && (
        <dl className="tried block">
          {tried.map(({ stats, status: said }) => (
            <div key={stats}>
              <dt className="mono">{stats}</dt>
              <dd>{said}</dd>
            </div>
          ))}
        </dl>
      )}
      <ol className="steps">
        <li>
          <p>
            <b>Give HAProxy a socket</b> <span className="quiet">that haprobe's user may read and write</span>
          </p>
          <CodeBlock text={SOCKET_LINES} label="the lines for haproxy.cfg" />
        </li>
        <li>
          <p>
            <b>Point haprobe at it</b>
          </p>
          <CodeBlock text={SERVE_LINE} label="the command" />
        </li>
        <li>
          <p>
            <b>Nothing else.</b> <span className="quiet">What to probe follows from HAProxy's own servers.</span>
          </p>
        </li>
      </ol>
    </section>
  );
}

function CodeBlock({ text, label: what }: { text: string; label: string }) {
  return (
    <div className="lines">
      <pre className="mono">
        <code>{text}</code>
      </pre>
      <CopyButton text={text} label={what} />
    </div>
  );
}
