import type { StatsResponse, RequestLimits, StatsRequest, StatsSource } from "../../../server/haproxy/stats-source.ts";
import { HaprobeError } from "../../../server/errors.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { SimulatedNetwork } from "./simulated-network.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { SimulatedHaproxy } from "./simulated-haproxy.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface SourceSettings {
  /** Part of the polls that are lost: refused, as during a restart, or swallowed. */
  readonly lossRate: number;
}

/** The host name under which an instance's stats are cut off from us. */
export function statsHost(instance: string): string {
  return `stats of ${instance}`;
}

/** The way to an instance's stats socket, with its delays, its losses and a HAProxy that may stand still. */
export function simulatedSource(
  haproxy: SimulatedHaproxy,
  simulation: { time: VirtualTime; us: SimulatedProcess; network: SimulatedNetwork; random: SeededRandom },
  settings: SourceSettings,
): StatsSource {
  const { time, us, network, random } = simulation;
  return {
    addressesFrom: "in-state",
    fetch(question: StatsRequest, { timeoutMs, signal }: RequestLimits): Promise<StatsResponse> {
      const sentAt = us.now();
      const { promise, resolve, reject } = Promise.withResolvers<StatsResponse>();
      const fail = (code: "HAPROBE_STATS_TIMED_OUT" | "HAPROBE_STATS_REFUSED") => (): void =>
        reject(new HaprobeError(code, `simulated: ${code}`));
      // As in the real exchange: a deadline that is due together with an answer wins.
      const cancelDeadline = us.after(timeoutMs, fail("HAPROBE_STATS_TIMED_OUT"));
      const settle = (at: number, end: () => void): void => {
        us.onArrival(at, () => {
          cancelDeadline();
          end();
        });
      };
      const abort = (): void => reject(signal.reason as Error);
      signal.addEventListener("abort", abort, { once: true });
      // A poller has one signal for all its polls.
      const forget = (): void => signal.removeEventListener("abort", abort);
      promise.then(forget, forget);

      const cut = network.blockedBetween("us", statsHost(haproxy.name));
      const lost = random.chance(settings.lossRate);
      const [there, back] = [random.between(0.2, 3), random.between(0.2, 3)];
      if (cut === "drop" || (lost && random.chance(0.5))) return promise;
      if (cut === "reject" || lost) {
        settle(sentAt + there, fail("HAPROBE_STATS_REFUSED"));
        return promise;
      }
      const answer = (): void => {
        if (haproxy.frozenForMs > 0) return void time.at(time.now() + haproxy.frozenForMs, answer);
        const bytes = Buffer.from(
          haproxy.renderStats(question.backend?.proxyId ?? null, question.serversState),
          "latin1",
        );
        settle(time.now() + back, () => resolve({ bytes, connectMs: 0.1, sentAt, receivedAt: us.now() }));
      };
      time.at(sentAt + there, answer);
      return promise;
    },
  };
}
