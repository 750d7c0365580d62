import type { FleetMember } from "../judge/fleet-reachability.ts";
import type { SummaryServer } from "../judge/summary.ts";
import type { InstanceEntry } from "./instance-entry.ts";

/** All servers as the fleet's judge wants them: those that have a target and were judged. */
export function* listFleetMembers(instances: Iterable<InstanceEntry>): IterableIterator<FleetMember> {
  for (const instance of instances) {
    for (const { memory, assignment } of instance.servers.values()) {
      if (memory === null || assignment.kind === "none") continue;
      const { key, host, port } = assignment.target;
      yield { instance: instance.settings.name, target: key, host, port, memory };
    }
  }
}

/** All servers as the summary counts them. */
export function* listSummaryServers(instances: Iterable<InstanceEntry>): IterableIterator<SummaryServer> {
  for (const instance of instances) {
    for (const { memory, view, assignment, quality, result } of instance.servers.values()) {
      if (memory === null) continue;
      const { expected } = assignment.policy;
      const shown = memory.probe.failure ?? result;
      yield {
        server: view.server,
        verdict: memory.decision.verdict,
        phase: memory.decision.phase,
        expected: expected?.verdict === memory.decision.verdict ? expected.why : null,
        quality,
        url: shown?.url ?? null,
        failing: shown?.failing ?? [],
      };
    }
  }
}
