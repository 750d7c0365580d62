import type { VantageReport } from "../../server/contract/vantage.ts";
import { formatList, formatThousands } from "../lib/quantity-format.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { skewText, spoolText } from "../lib/vantage-text.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { useVantages } from "../state/use-vantages.ts";
import { Age } from "./age.tsx";

/** Above this a clock is a finding. */
const SKEW_MAX_MS = 2_000;

/** The vantages that report to this hub; nothing where haprobe is alone. */
export function VantageList() {
  const vantages = useVantages();
  if (vantages.length === 0) return null;
  return (
    <section className="block panel" aria-label="Vantages">
      <h2 className="panel-title">Vantages that report here</h2>
      <ul className="instances vantages">
        {vantages.map((vantage) => (
          <VantageItem key={`${vantage.site} ${vantage.vantage}`} report={vantage} />
        ))}
      </ul>
    </section>
  );
}

function VantageItem({ report }: { report: VantageReport }) {
  const now = useDashboardClient().time().now;
  const { site, vantage, own, state, version, heardAt, skewMs, seq, instances } = report;
  const skew = skewText(skewMs);
  const isSkewed = Math.abs(skewMs) > SKEW_MAX_MS;
  return (
    <li>
      <div>
        <b>{vantage}</b> {site !== "default" && <span className="muted">{site} </span>}
        <span className={state === "ok" ? "tag" : "tag verdict-suspected verdict-text"}>{state}</span>
        {own && <span className="tag">this hub</span>}
      </div>
      <span>{instances.length === 0 ? <span className="muted">no HAProxy</span> : formatList(instances, 3)}</span>
      <span className="num">
        heard{" "}
        {state === "silent" ? (
          formatTimestamp(Date.parse(heardAt), now)
        ) : (
          <>
            <Age at={Date.parse(heardAt)} /> ago
          </>
        )}
        {version !== null && <span className="muted">, haprobe {version}</span>}
      </span>
      <span className="num">event {formatThousands(seq)}</span>
      <span className="num">
        {spoolText(report)}
        {skew !== "" && <span className={isSkewed ? "verdict-suspected verdict-text" : "muted"}>, clock {skew}</span>}
      </span>
    </li>
  );
}
