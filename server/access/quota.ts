import { clientNetwork } from "./client-network.ts";

/** Shares a limited amount of connections, streams or bytes among client addresses; one address, or one /64 of IPv6, gets at most half. */
export class Quota {
  readonly #total: number;
  readonly #usedByClient = new Map<string, number>();
  #used = 0;

  constructor(total: number) {
    this.#total = total;
  }

  get used(): number {
    return this.#used;
  }

  get isFull(): boolean {
    return this.#used >= this.#total;
  }

  usedBy(address: string): number {
    return this.#usedByClient.get(clientNetwork(address)) ?? 0;
  }

  /** True for an address that gets no more. */
  hasHalf(address: string): boolean {
    return this.#exceedsHalf(this.usedBy(address), 1);
  }

  /**
   * Takes `amount` for an address and returns the function that gives it back, once; null where a limit is reached. An
   * amount above a limit is granted where nothing else is in use, so that one large response can always be sent.
   */
  tryTake(address: string, amount = 1): (() => void) | null {
    const client = clientNetwork(address);
    if (this.#exceedsHalf(this.#usedByClient.get(client) ?? 0, amount)) return null;
    if (this.#used > 0 && this.#used + amount > this.#total) return null;
    this.#add(client, amount);
    let isTaken = true;
    return () => {
      if (isTaken) this.#add(client, -amount);
      isTaken = false;
    };
  }

  #exceedsHalf(used: number, amount: number): boolean {
    return used > 0 && used + amount > this.#total / 2;
  }

  #add(client: string, amount: number): void {
    this.#used += amount;
    const usedHere = (this.#usedByClient.get(client) ?? 0) + amount;
    if (usedHere === 0) this.#usedByClient.delete(client);
    else this.#usedByClient.set(client, usedHere);
  }
}
