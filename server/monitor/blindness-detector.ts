import {
  type FleetReachability,
  type FleetMember,
  assessFleetReachability,
  NO_FLEET,
} from "../judge/fleet-reachability.ts";
import { mayBePathFault } from "../judge/path-suspicion.ts";
import type { ServerEntry } from "./server-entry.ts";

/** Looks at all servers together, and only while some failure could be the fault of our own path. */
export class BlindnessDetector {
  readonly #members: () => Iterable<FleetMember>;
  readonly #everyMs: number;
  readonly #suspects = new Set<ServerEntry>();
  #reachability: FleetReachability = NO_FLEET;
  #assessedAt = Number.NEGATIVE_INFINITY;

  constructor(members: () => Iterable<FleetMember>, everyMs: number) {
    this.#members = members;
    this.#everyMs = everyMs;
  }

  /** Keeps in mind whether this server's failure, as judged last, could be ours. */
  update(server: ServerEntry): void {
    const failure = server.memory?.probe.failure ?? null;
    if (failure !== null && mayBePathFault(failure)) this.#suspects.add(server);
    else this.#suspects.delete(server);
  }

  remove(server: ServerEntry): void {
    this.#suspects.delete(server);
  }

  isSuspect(server: ServerEntry): boolean {
    return this.#suspects.has(server);
  }

  /** What the whole says about this server at `now`; nothing where its failure is its own. */
  assessServer(server: ServerEntry, now: number): FleetReachability {
    const { result } = server;
    const failsNow = result !== null && result.fault !== null && mayBePathFault(result);
    return failsNow || this.isSuspect(server) ? this.#refresh(now) : NO_FLEET;
  }

  /** What the whole looks like at `now`. */
  assessFleet(now: number): FleetReachability {
    return this.#suspects.size > 0 ? this.#refresh(now) : NO_FLEET;
  }

  #refresh(now: number): FleetReachability {
    if (now - this.#assessedAt >= this.#everyMs) {
      this.#reachability = assessFleetReachability(this.#members(), now);
      this.#assessedAt = now;
    }
    return this.#reachability;
  }
}
