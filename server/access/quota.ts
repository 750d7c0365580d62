/** Shares a limited amount of connections, streams or bytes among client addresses; one address gets at most half. */
export class Quota {
  readonly #total: number;
  readonly #usedByAddress = new Map<string, number>();
  #used = 0;

  constructor(total: number) {
    this.#total = total;
  }

  get used(): number {
    return this.#used;
  }

  /**
   * Takes `amount` for an address and returns the function that gives it back, once; null where a limit is reached. An
   * amount above a limit is granted where nothing else is in use, so that one large response can always be sent.
   */
  tryTake(address: string, amount = 1): (() => void) | null {
    const usedHere = this.#usedByAddress.get(address) ?? 0;
    if (usedHere > 0 && usedHere + amount > this.#total / 2) return null;
    if (this.#used > 0 && this.#used + amount > this.#total) return null;
    this.#add(address, amount);
    let isTaken = true;
    return () => {
      if (isTaken) this.#add(address, -amount);
      isTaken = false;
    };
  }

  #add(address: string, amount: number): void {
    this.#used += amount;
    const usedHere = (this.#usedByAddress.get(address) ?? 0) + amount;
    if (usedHere === 0) this.#usedByAddress.delete(address);
    else this.#usedByAddress.set(address, usedHere);
  }
}
