import type { InstanceStatus } from "../../server/contract/status.ts";
import { isUnreachable, lastContactAt } from "../lib/no-mismatch-headline.ts";
import { formatElapsed, formatMilliseconds, formatThousands } from "../lib/quantity-format.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { Age } from "./age.tsx";

/** Every HAProxy with how it is polled, how old its newest answer is, and its last error. */
export function InstanceList({ instances }: { instances: readonly InstanceStatus[] }) {
  return (
    <section className="block panel" aria-label="HAProxies">
      <h2 className="panel-title">HAProxies</h2>
      {instances.length === 0 && <p className="muted">None is configured.</p>}
      <ul className="instances">
        {instances.map((instance) => (
          <InstanceLine key={instance.name} instance={instance} />
        ))}
      </ul>
    </section>
  );
}

function InstanceLine({ instance }: { instance: InstanceStatus }) {
  const now = useDashboardClient().time().now;
  const { name, site, stats, state, version, pid, startedAt, servers, pollDurationMs, everyMs, error } = instance;
  const { reportedBy } = instance;
  const at = lastContactAt(instance);
  const isSilent = isUnreachable(instance);
  return (
    <li>
      <div>
        <b>{name}</b> {site !== "default" && <span className="muted">{site} </span>}
        <span className={isSilent ? "tag verdict-suspected verdict-text" : "tag"}>{state}</span>
      </div>
      <span className="mono instance-stats">{stats}</span>
      <span className="num">
        {version === null ? "version not known" : `HAProxy ${version}`}
        {pid !== null && <span className="muted">, pid {pid}</span>}
        {startedAt !== null && <span className="muted">, since {formatTimestamp(Date.parse(startedAt), now)}</span>}
      </span>
      <span className="num">{formatThousands(servers)} servers</span>
      <span className="num">
        <Age at={at} /> <span className="muted">old, polled every {formatElapsedOrMs(everyMs)}</span>
        {pollDurationMs !== null && (
          <span className="muted">, took {formatMilliseconds(Math.round(pollDurationMs * 10) / 10)}</span>
        )}
        {reportedBy !== undefined && <span className="muted">, by {reportedBy}</span>}
      </span>
      {error !== null && (
        <p className="instance-error">
          Last error, {formatTimestamp(Date.parse(error.at), now)}: <span className="mono">{error.message}</span>{" "}
          <span className="muted">({error.code})</span>
        </p>
      )}
    </li>
  );
}

function formatElapsedOrMs(ms: number): string {
  return ms < 60_000 ? formatMilliseconds(ms).replace(/\.00 s$/, " s") : formatElapsed(ms);
}
