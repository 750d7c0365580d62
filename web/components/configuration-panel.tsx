import type { ConfigStatus } from "../../server/contract/config-status.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { useResource } from "../state/use-resource.ts";
import { CopyButton } from "./copy-button.tsx";
import { ResourceView } from "./resource-view.tsx";

const REFRESH_MS = 5_000;

/** The configuration in force without its secrets, and why a newer one was refused. */
export function ConfigurationPanel() {
  const client = useDashboardClient();
  const [config, retry] = useResource<ConfigStatus>("api/v1/config", REFRESH_MS);
  const now = client.time().now;
  return (
    <section className="block panel" aria-label="Configuration">
      <ResourceView resource={config} name="The configuration" onRetry={retry}>
        {({ text, loadedAt, needsRestart, refused }) => (
          <>
            <div className="panel-head">
              <h2 className="panel-title">
                Configuration in force{" "}
                <span className="muted num">
                  loaded {formatTimestamp(Date.parse(loadedAt), now)}, as haprobe config print shows it, without secrets
                </span>
              </h2>
              <CopyButton text={text} label="the configuration" />
            </div>
            {refused !== null && (
              <div className="config-refused" role="alert">
                <p>
                  <b>
                    A newer configuration was refused{" "}
                    <span className="num">{formatTimestamp(Date.parse(refused.at), now)}</span>.
                  </b>{" "}
                  The one below stays in force.
                </p>
                <ul className="mono">
                  {refused.errors.map((error, i) => (
                    <li key={`${i}-${error}`}>{error}</li>
                  ))}
                </ul>
              </div>
            )}
            {needsRestart.length > 0 && (
              <p className="config-restart">
                <b>Takes effect at a restart:</b> {needsRestart.join(", ")}
              </p>
            )}
            <pre className="evidence config mono">{text}</pre>
          </>
        )}
      </ResourceView>
    </section>
  );
}
