import type { SummaryServer } from "../judge/summary.ts";
import type { IncidentRegistry } from "./incident-registry.ts";
import type { InstanceEntry } from "./instance-entry.ts";
import { expectedByRule } from "./server-status.ts";

/** All servers with a verdict, as the summary counts them. */
export function* listSummaryServers(
  instances: Iterable<InstanceEntry>,
  incidents: Pick<IncidentRegistry, "expectedWhy">,
): IterableIterator<SummaryServer> {
  for (const instance of instances) {
    for (const { key, memory, view, assignment, quality, result } of instance.servers.values()) {
      if (memory === null) continue;
      const { verdict, phase } = memory.decision;
      const byPerson = phase === null ? null : incidents.expectedWhy(key, verdict);
      const decisive = memory.probe.failure ?? result;
      yield {
        server: view.server,
        verdict,
        phase,
        expected: expectedByRule(assignment, verdict) ?? byPerson,
        quality,
        url: decisive?.url ?? null,
        failing: decisive?.failing ?? [],
      };
    }
  }
}
