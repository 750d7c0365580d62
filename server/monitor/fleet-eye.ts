import {
  type FleetReachability,
  type FleetMember,
  assessFleetReachability,
  NO_FLEET,
} from "../judge/fleet-reachability.ts";
import { mayBePathFault } from "../judge/verdict-table.ts";
import type { ServerEntry } from "./server-entry.ts";

/** Looks at all servers together, and only while some failure could be the fault of our own path. */
export class FleetEye {
  readonly #members: () => Iterable<FleetMember>;
  readonly #everyMs: number;
  readonly #doubtful = new Set<ServerEntry>();
  #judgement: FleetReachability = NO_FLEET;
  #at = Number.NEGATIVE_INFINITY;

  constructor(members: () => Iterable<FleetMember>, everyMs: number) {
    this.#members = members;
    this.#everyMs = everyMs;
  }

  /** Keeps in mind whether this server's failure, as judged last, could be ours. */
  note(server: ServerEntry): void {
    const failure = server.memory?.failure ?? null;
    if (failure !== null && mayBePathFault(failure)) this.#doubtful.add(server);
    else this.#doubtful.delete(server);
  }

  forget(server: ServerEntry): void {
    this.#doubtful.delete(server);
  }

  isDoubtful(server: ServerEntry): boolean {
    return this.#doubtful.has(server);
  }

  /** What the whole says about this server at `now`; nothing where its failure is its own. */
  about(server: ServerEntry, now: number): FleetReachability {
    const { result } = server;
    const failsNow = result !== null && result.fault !== null && mayBePathFault(result);
    return failsNow || this.isDoubtful(server) ? this.#fresh(now) : NO_FLEET;
  }

  /** What the whole looks like at `now`. */
  all(now: number): FleetReachability {
    return this.#doubtful.size > 0 ? this.#fresh(now) : NO_FLEET;
  }

  #fresh(now: number): FleetReachability {
    if (now - this.#at >= this.#everyMs) {
      this.#judgement = assessFleetReachability(this.#members(), now);
      this.#at = now;
    }
    return this.#judgement;
  }
}
