import type { IncidentEvidence as Evidence } from "../../server/contract/incident.ts";
import { CodeBlock } from "./code-block.tsx";
import { CopyButton } from "./copy-button.tsx";
import { StatsColumns } from "./stats-columns.tsx";

/** The columns that are read first, in this order. */
const ROW_LINES = [
  ["pxname", "svname", "status", "check_status", "check_code", "check_duration"],
  ["check_health", "check_rise", "check_fall", "last_chk"],
  ["addr", "weight", "lastchg"],
  ["stot", "scur"],
] as const;

/** What both sides said of the first server when the incident opened. */
export function IncidentEvidence({ evidence }: { evidence: Evidence }) {
  const { row, probe, curl, socat } = evidence;
  const rowLines = haproxyLines(evidence);
  const probeLines = probeEvidenceLines(evidence);
  const failing = new Set(probe?.failing.map((name) => `[-]${name}`));
  return (
    <section className="block panel" aria-label="Evidence at opening">
      <div className="panel-head">
        <h2 className="panel-title">Evidence at opening</h2>
        <CopyButton text={[...rowLines, "", ...probeLines].join("\n")} label="the evidence" />
      </div>
      <div className="evidence-sides">
        <div>
          <h3 className="evidence-side muted">HAProxy</h3>
          <pre className="evidence mono">{rowLines.length === 0 ? "not kept" : rowLines.join("\n")}</pre>
        </div>
        <div>
          <h3 className="evidence-side muted">haprobe</h3>
          <pre className="evidence mono">
            {probeLines.length === 0
              ? "not kept"
              : probeLines.map((line, i) => (
                  <span
                    key={`${i}-${line}`}
                    className={i === 0 || failing.has(line.split(" ")[0] ?? "") ? "verdict-text" : undefined}
                  >
                    {line}
                    {"\n"}
                  </span>
                ))}
          </pre>
        </div>
      </div>
      {curl !== null && <CodeBlock lines={[curl]} label="the probe as a command" />}
      {socat !== null && <CodeBlock lines={[socat]} label="the command that shows HAProxy's row" />}
      <StatsColumns title="HAProxy's whole row" row={row} />
    </section>
  );
}

function haproxyLines({ row }: Evidence): string[] {
  const values = new Map(row.map(({ name, value }) => [name, value]));
  return ROW_LINES.map((names, i) =>
    names
      .filter((name) => values.has(name))
      .map((name) => (i === 0 ? values.get(name) : `${name} ${values.get(name)}`))
      .join(i === 0 ? "," : "  "),
  ).filter((line) => line !== "");
}

function probeEvidenceLines({ probe }: Evidence): string[] {
  if (probe === null) return [];
  const { httpStatus, kind, stage, url, failing, detail, body, vantage } = probe;
  const inBody = body.split(/\r?\n/).filter((line) => line !== "");
  const named = failing.filter((name) => !body.includes(`[-]${name}`)).map((name) => `[-]${name} failed`);
  return [
    `${httpStatus ?? kind} ${url}`,
    ...(detail === "" ? [] : [detail]),
    ...(kind === "answered" ? [] : [`stage ${stage}`]),
    ...named,
    ...inBody,
    `probed from ${vantage}`,
  ];
}
