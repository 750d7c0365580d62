import { BOUNDS } from "../bounds.ts";
import type { NetworkAddress } from "../contract/event.ts";
import { type InstanceName, type ServerKey, type ServerName, serverKey } from "../contract/server-key.ts";
import { isUndecided } from "../judge/incident-state.ts";
import { formatAddress } from "../judge/observe-view.ts";
import type { ServerMemory } from "../judge/server-memory.ts";
import { formatHostPort } from "../contract/host-port.ts";
import type { RestoredVerdict } from "./monitor-options.ts";
import type { ServerEntry } from "./server-entry.ts";

interface KnownVerdict {
  readonly name: ServerName;
  readonly networkAddress: NetworkAddress | null;
  readonly verdict: string;
  readonly address: string;
  readonly beganAt: number;
}

/**
 * Verdicts of an earlier run, each until the first settled one of its server in this run: where both are the same, and
 * this process began soon enough after the earlier one was heard, it began when the earlier one did.
 */
export class RestoredVerdicts {
  readonly #verdicts = new Map<ServerKey, KnownVerdict>();
  /** Instances that have verdicts here and have not answered in full yet. */
  readonly #awaited = new Set<InstanceName>();
  #usableUntil = Number.NEGATIVE_INFINITY;

  /** `heardBefore`: when the earlier run was last heard, in milliseconds since 1970; null: never. `offset` leads from monotonic ones there. */
  constructor(verdicts: readonly RestoredVerdict[], heardBefore: number | null, offset: number) {
    this.add(verdicts, heardBefore, offset);
  }

  /** Adds verdicts that can be read only after the start: they concern servers whose first verdict has not changed since. */
  add(verdicts: readonly RestoredVerdict[], heardBefore: number | null, offset: number): void {
    if (heardBefore === null) return;
    this.#usableUntil = heardBefore - offset + BOUNDS.restoredSinceMaxMs;
    for (const { server, address, judgement, beganAt } of verdicts) {
      const key = serverKey(server.instance, server.backend, server.server);
      this.#awaited.add(server.instance);
      this.#verdicts.set(key, {
        name: { key, ...server },
        networkAddress: address,
        verdict: judgement.verdict,
        address: address === null ? "" : formatHostPort(address.host, address.port),
        beganAt: beganAt - offset,
      });
    }
  }

  get size(): number {
    return this.#verdicts.size;
  }

  /** Takes the servers that an instance no longer has, and the address of each; called with its complete answers, of which the first counts. */
  takeMissing(
    instance: InstanceName,
    has: (key: ServerKey) => boolean,
  ): readonly (ServerName & { readonly address: NetworkAddress | null })[] {
    if (!this.#awaited.delete(instance)) return [];
    const missing = [];
    for (const [key, { name, networkAddress }] of this.#verdicts) {
      if (name.instance !== instance || has(key)) continue;
      this.#verdicts.delete(key);
      missing.push({ ...name, address: networkAddress });
    }
    return missing;
  }

  /** The memory of a settled verdict with its begin as the earlier run knew it; the same object where nothing is known. */
  continueSince(
    { key, view, settledSince }: ServerEntry,
    site: string,
    memory: ServerMemory,
    now: number,
  ): ServerMemory {
    const restored = this.#verdicts.get(key);
    const { decision } = memory;
    if (restored === undefined) return memory;
    this.#verdicts.delete(key);
    if (decision.since !== settledSince) return memory;
    const address = view.address.kind === "ip" ? formatAddress(view.address) : "";
    const isSame = restored.verdict === decision.verdict && restored.name.site === site && restored.address === address;
    if (!isSame || now > this.#usableUntil || restored.beganAt >= decision.since) return memory;
    return { ...memory, decision: { ...decision, since: restored.beganAt } };
  }
}

/** True for a verdict that time alone does not change. */
export function isSettled({ phase, reason }: ServerMemory["decision"]): boolean {
  return (phase === null || phase === "confirmed") && !isUndecided(reason);
}
