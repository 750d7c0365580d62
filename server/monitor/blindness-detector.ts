import { FleetReachability } from "../judge/fleet-reachability.ts";
import { type JudgeContext, NO_CONTEXT } from "../judge/judge-context.ts";
import { mayBePathFault } from "../judge/path-suspicion.ts";
import type { ServerEntry } from "./server-entry.ts";

/** Assesses all servers together, only while a failure can be a fault of this machine's own network path. */
export class BlindnessDetector {
  readonly #everyMs: number;
  readonly #fleet = new FleetReachability<ServerEntry>();
  readonly #suspects = new Set<ServerEntry>();
  #othersRespondedSince = Number.POSITIVE_INFINITY;
  #assessedAt = Number.NEGATIVE_INFINITY;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** Records what the server, as judged last at `now`, shows about the path, and whether its failure can be a fault of it. */
  update(server: ServerEntry, now: number): void {
    const { memory, assignment, instance } = server;
    const failure = memory?.probe.failure ?? null;
    if (failure !== null && mayBePathFault(failure)) this.#suspects.add(server);
    else if (this.#suspects.size > 0) this.#suspects.delete(server);
    if (memory === null || assignment.kind === "none") this.#fleet.remove(server);
    else {
      const { key, host, port } = assignment.target;
      this.#fleet.put(server, { instance, target: key, host, port, memory }, now);
    }
  }

  remove(server: ServerEntry): void {
    this.#suspects.delete(server);
    this.#fleet.remove(server);
  }

  isSuspect(server: ServerEntry): boolean {
    return this.#suspects.size > 0 && this.#suspects.has(server);
  }

  /** What the fleet says for judging this server at `now`: nothing where its failure cannot be a fault of the path. */
  assessServer(server: ServerEntry, now: number): Pick<JudgeContext, "othersRespondedSince" | "isBlind"> {
    const { result, assignment } = server;
    const failsNow = result !== null && result.fault !== null && mayBePathFault(result);
    if (!failsNow && !this.isSuspect(server)) return NO_CONTEXT;
    if (now - this.#assessedAt >= this.#everyMs) {
      this.#othersRespondedSince = this.#fleet.othersRespondedSince();
      this.#assessedAt = now;
    }
    return {
      othersRespondedSince: this.#othersRespondedSince,
      isBlind:
        assignment.kind === "target" &&
        this.#fleet.isBlind(server.instance, assignment.target.host, assignment.target.port),
    };
  }

  /** Groups of servers that are out of our reach. */
  get blindGroups(): ReadonlySet<string> {
    return this.#fleet.blindGroups;
  }
}
