import type { BlockMode } from "./simulated-machine.ts";

/** Who connects: haprobe, or an instance of HAProxy by its name. */
export type ConnectionOrigin = "us" | `haproxy ${string}`;

interface BlockedPath {
  readonly from: ConnectionOrigin;
  readonly hosts: ReadonlySet<string>;
  readonly kind: BlockMode;
}

/** Which paths are cut. A host name stands for everything there, HAProxy's stats included. */
export class SimulatedNetwork {
  readonly #faults = new Set<BlockedPath>();

  /** Cuts the paths from one place to these hosts; the returned function restores them. */
  block(from: ConnectionOrigin, hosts: Iterable<string>, kind: BlockMode): () => void {
    const fault = { from, hosts: new Set(hosts), kind };
    this.#faults.add(fault);
    return () => this.#faults.delete(fault);
  }

  blockedBetween(from: ConnectionOrigin, host: string): BlockMode | null {
    for (const fault of this.#faults) if (fault.from === from && fault.hosts.has(host)) return fault.kind;
    return null;
  }
}
