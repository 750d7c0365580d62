import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { useResource } from "../state/use-resource.ts";
import { ResourceView } from "./resource-view.tsx";

const REFRESH_MS = 5_000;

interface StatusAnswer {
  readonly haprobe: string;
  readonly node: string;
  readonly vantage: string;
  readonly startedAt: string;
  readonly ready: boolean;
  readonly notReady: readonly string[];
  readonly remarks: readonly string[];
}

/** Version, vantage, start and readiness of this haprobe, and what it remarks. */
export function ProcessPanel() {
  const client = useDashboardClient();
  const [status, retry] = useResource<StatusAnswer>("api/v1/status", REFRESH_MS);
  return (
    <section className="block panel" aria-label="haprobe">
      <h2 className="panel-title">haprobe</h2>
      <ResourceView resource={status} name="The status" onRetry={retry}>
        {({ haprobe, node, vantage, startedAt, ready, notReady, remarks }) => (
          <>
            <dl className="process">
              <div>
                <dt>Version</dt>
                <dd className="num">
                  {haprobe}, Node.js {node}
                </dd>
              </div>
              <div>
                <dt>Probes from</dt>
                <dd>{vantage}</dd>
              </div>
              <div>
                <dt>Runs since</dt>
                <dd className="num">{formatTimestamp(Date.parse(startedAt), client.time().now)}</dd>
              </div>
              <div>
                <dt>Ready</dt>
                <dd>{ready ? "yes" : "no"}</dd>
              </div>
            </dl>
            <ul className="process-remarks">
              {[...notReady, ...remarks].map((remark) => (
                <li key={remark}>{remark}</li>
              ))}
            </ul>
          </>
        )}
      </ResourceView>
    </section>
  );
}
