import type { Cut } from "./machine.ts";

/** Who connects: haprobe, or an instance of HAProxy by its name. */
export type From = "us" | `haproxy ${string}`;

interface Fault {
  readonly from: From;
  readonly hosts: ReadonlySet<string>;
  readonly kind: Cut;
}

/** Which ways are cut right now. Names of hosts stand for everything there, HAProxy's stats included. */
export class Network {
  readonly #faults = new Set<Fault>();

  /** Cuts the ways from one place to these hosts; the returned function mends them. */
  cut(from: From, hosts: Iterable<string>, kind: Cut): () => void {
    const fault = { from, hosts: new Set(hosts), kind };
    this.#faults.add(fault);
    return () => this.#faults.delete(fault);
  }

  between(from: From, host: string): Cut | null {
    for (const fault of this.#faults) if (fault.from === from && fault.hosts.has(host)) return fault.kind;
    return null;
  }
}
