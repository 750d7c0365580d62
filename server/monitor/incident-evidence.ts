import { BOUNDS } from "../bounds.ts";
import type { IncidentEvidence, ProbeEvidence, StatsColumn } from "../contract/incident.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import { repeatProbeCommand, showRowCommand } from "../contract/repeat-commands.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { ServerEntry } from "./server-entry.ts";

/** What both sources say about a server now; `row` is HAProxy's newest row of it, or null where it is not kept. */
export function collectEvidence(
  { key, view, assignment, memory, result }: ServerEntry,
  { stats }: InstanceSettings,
  row: readonly StatsColumn[] | null,
): IncidentEvidence {
  const decisive = memory?.probe.failure ?? result;
  const target = assignment.kind === "target" ? assignment.target : null;
  return {
    key,
    row: (row ?? []).slice(0, BOUNDS.evidenceColumnsMax).map(({ name, value }) => ({
      name: name.slice(0, BOUNDS.evidenceColumnChars),
      value: value.slice(0, BOUNDS.evidenceColumnChars),
    })),
    probe: decisive === null ? null : toProbeEvidence(decisive),
    curl: target === null || decisive === null ? null : repeatProbeCommand(target, decisive.url),
    socat: showRowCommand(stats, view.backend, view.server),
  };
}

function toProbeEvidence(result: ProbeResult): ProbeEvidence {
  const { vantage, outcome, kind, stage, url, httpStatus, failing, detail, body } = result;
  const excerpt = body.slice(0, BOUNDS.evidenceBodyChars);
  return { vantage, outcome, kind, stage, url, httpStatus, failing, detail, body: excerpt };
}
