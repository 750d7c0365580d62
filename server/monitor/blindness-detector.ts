import {
  type FleetReachability,
  type FleetMember,
  assessFleetReachability,
  NO_FLEET,
} from "../judge/fleet-reachability.ts";
import { mayBePathFault } from "../judge/path-suspicion.ts";
import type { ServerEntry } from "./server-entry.ts";

/** Assesses all servers together, only while a failure can be a fault of this machine's own network path. */
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

  /** Records whether the server's failure, as judged last, can be a fault of the path. */
  update(server: ServerEntry): void {
    const failure = server.memory?.probe.failure ?? null;
    if (failure !== null && mayBePathFault(failure)) this.#suspects.add(server);
    else if (this.#suspects.size > 0) this.#suspects.delete(server);
  }

  remove(server: ServerEntry): void {
    this.#suspects.delete(server);
  }

  isSuspect(server: ServerEntry): boolean {
    return this.#suspects.size > 0 && this.#suspects.has(server);
  }

  /** The state of the fleet for judging this server at `now`; NO_FLEET where its failure cannot be a fault of the path. */
  assessServer(server: ServerEntry, now: number): FleetReachability {
    const { result } = server;
    const failsNow = result !== null && result.fault !== null && mayBePathFault(result);
    return failsNow || this.isSuspect(server) ? this.#refresh(now) : NO_FLEET;
  }

  /** The state of the fleet at `now`; NO_FLEET while no failure can be a fault of the path. */
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
