import type { FleetMember } from "../judge/fleet-reachability.ts";
import type { SummaryServer } from "../judge/summary.ts";
import type { InstanceEntry } from "./instance-entry.ts";

/** All servers with a target and a verdict, as the assessment of the fleet reads them. */
export function* listFleetMembers(instances: Iterable<InstanceEntry>): IterableIterator<FleetMember> {
  for (const instance of instances) {
    for (const { memory, assignment } of instance.servers.values()) {
      if (memory === null || assignment.kind === "none") continue;
      const { key, host, port } = assignment.target;
      yield { instance: instance.settings.name, target: key, host, port, memory };
    }
  }
}

/** All servers with a verdict, as the summary counts them. */
export function* listSummaryServers(instances: Iterable<InstanceEntry>): IterableIterator<SummaryServer> {
  for (const instance of instances) {
    for (const { memory, view, assignment, quality, result } of instance.servers.values()) {
      if (memory === null) continue;
      const { expected } = assignment.policy;
      const decisive = memory.probe.failure ?? result;
      yield {
        server: view.server,
        verdict: memory.decision.verdict,
        phase: memory.decision.phase,
        expected: expected?.verdict === memory.decision.verdict ? expected.why : null,
        quality,
        url: decisive?.url ?? null,
        failing: decisive?.failing ?? [],
      };
    }
  }
}
