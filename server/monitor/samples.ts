import type { ServerSample } from "../contract/series.ts";
import type { InstanceEntry } from "./instance-entry.ts";
import { toServerName } from "./server-events.ts";

/** What every server shows now; nothing of HAProxy's side while its instance is stale. */
export function* listSamples(instances: Iterable<InstanceEntry>): IterableIterator<ServerSample> {
  for (const { settings, isStale, servers } of instances) {
    for (const server of servers.values()) {
      const { view, result } = server;
      yield {
        ...toServerName(server, settings),
        probe:
          result === null
            ? null
            : {
                seq: result.seq,
                durationMs: result.endedAt - result.sentAt,
                connectMs: result.phasesMs.connect,
                tlsMs: result.phasesMs.tls,
                answerMs: result.phasesMs.answer,
              },
        checkMs: isStale ? null : view.check.durationMs,
        sessionsTotal: isStale ? null : view.sessionsTotal,
        responses5xx: isStale ? null : view.responses5xx,
      };
    }
  }
}
