import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { FaultReporter } from "../contract/ports.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { Inventory } from "./inventory.ts";
import type { Judging } from "./judging.ts";
import type { ServerEntry } from "./server-entry.ts";
import type { TargetEntry, TargetRegistry } from "./target-registry.ts";
import type { WorkQueue } from "./work-queue.ts";

/** What a result is applied to. */
export interface ResultApplierParts {
  readonly inventory: Inventory;
  readonly targets: TargetRegistry;
  readonly judging: Judging;
  readonly work: WorkQueue;
  readonly clock: Clock;
  readonly faults: FaultReporter;
}

/** Applies results of probes to the servers with their target: to a few within the call, to many in steps. */
export class ResultApplier {
  readonly #parts: ResultApplierParts;
  /** Targets with many servers whose results are being applied, and whether a newer one came meanwhile. */
  readonly #underWay = new Map<TargetEntry, { isNewer: boolean }>();

  constructor(parts: ResultApplierParts) {
    this.#parts = parts;
  }

  apply(target: TargetEntry, result: ProbeResult): void {
    const { targets, work, clock } = this.#parts;
    if (!targets.recordResult(target, result)) return;
    const underWay = this.#underWay.get(target);
    if (underWay !== undefined) underWay.isNewer = true;
    else if (target.servers.size > BOUNDS.judgeStepServers) work.add(target.target.key, this.#applyToAll(target));
    else {
      const now = clock.now();
      for (const server of target.servers) this.#applyTo(server, target, result, now);
      targets.updateHedging(target);
    }
  }

  /** Each server gets the newest result there is at its turn; after a newer one came, all of them are passed once more. */
  *#applyToAll(target: TargetEntry): Generator<void, void, void> {
    const { targets, clock, faults } = this.#parts;
    const pass = { isNewer: true };
    this.#underWay.set(target, pass);
    try {
      while (pass.isNewer) {
        pass.isNewer = false;
        let count = 0;
        for (const server of target.servers) {
          const { result } = target;
          if (result !== null && server.result !== result) this.#applyTo(server, target, result, clock.now());
          if ((count += 1) % BOUNDS.judgeStepServers === 0) yield;
        }
        targets.updateHedging(target);
      }
    } catch (error) {
      faults.recordFault({ part: "target", name: target.target.key, error });
    } finally {
      this.#underWay.delete(target);
    }
  }

  #applyTo(server: ServerEntry, { target }: TargetEntry, result: ProbeResult, now: number): void {
    const { inventory, judging } = this.#parts;
    const instance = inventory.instances.get(server.instance);
    if (instance === undefined) return;
    server.result = result;
    if (target.guessed && result.fault === "probe-protocol-error") inventory.endGuessing(instance, server);
    judging.judgeAlone(instance, server, "result", now);
  }
}
