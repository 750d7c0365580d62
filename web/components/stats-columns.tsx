import type { StatsColumn } from "../../server/contract/incident.ts";
import "./stats-columns.css";

/** HAProxy's row of a server as it came, folded; nothing where it is not kept. */
export function StatsColumns({ row }: { row: readonly StatsColumn[] }) {
  if (row.length === 0) return null;
  return (
    <details className="stats-columns">
      <summary>HAProxy's whole row</summary>
      <dl className="mono">
        {row.map(({ name, value }) => (
          <div key={name}>
            <dt className="muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
