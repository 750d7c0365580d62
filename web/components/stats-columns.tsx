import type { StatsColumn } from "../../server/contract/incident.ts";
import "./stats-columns.css";

interface StatsColumnsProps {
  readonly title: string;
  readonly row: readonly StatsColumn[];
  /** Its values are long: one below the other. */
  readonly isLong?: boolean;
}

/** Names and values as they came, folded; nothing where there are none. */
export function StatsColumns({ title, row, isLong = false }: StatsColumnsProps) {
  if (row.length === 0) return null;
  return (
    <details className="stats-columns">
      <summary>{title}</summary>
      <dl className={isLong ? "mono stats-long" : "mono"}>
        {row.map(({ name, value }, i) => (
          <div key={`${i}-${name}`}>
            <dt className="muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
