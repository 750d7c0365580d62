/** Something with a moment at which its turn comes; `heapIndex` belongs to the heap that holds it. */
export interface Due {
  dueAt: number;
  /** -1 while it is in no heap. */
  heapIndex: number;
}

/** A heap by `dueAt`: the next one at once, everything else in logarithmic time, so that 10,000 targets cost little. */
export class DueHeap<T extends Due> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  /** Adds an item, or moves it where it is in already. */
  set(item: T, dueAt: number): void {
    item.dueAt = dueAt;
    if (item.heapIndex < 0) {
      item.heapIndex = this.#items.length;
      this.#items.push(item);
    }
    this.#settle(item);
  }

  /** Takes an item out; nothing happens if it is not in. */
  delete(item: T): void {
    const index = item.heapIndex;
    if (index < 0) return;
    const last = this.#items.pop();
    item.heapIndex = -1;
    if (last === undefined || last === item) return;
    this.#put(last, index);
    this.#settle(last);
  }

  /** Takes the next item out if its turn has come at `now`. */
  popDue(now: number): T | undefined {
    const first = this.#items[0];
    if (first === undefined || first.dueAt > now) return undefined;
    this.delete(first);
    return first;
  }

  #settle(item: T): void {
    let index = item.heapIndex;
    for (;;) {
      const parent = this.#items[(index - 1) >> 1];
      if (index === 0 || parent === undefined || parent.dueAt <= item.dueAt) break;
      this.#put(parent, index);
      index = (index - 1) >> 1;
    }
    for (;;) {
      const left = this.#items[2 * index + 1];
      if (left === undefined) break;
      const right = this.#items[2 * index + 2];
      const child = right !== undefined && right.dueAt < left.dueAt ? right : left;
      if (item.dueAt <= child.dueAt) break;
      const below = child.heapIndex;
      this.#put(child, index);
      index = below;
    }
    this.#put(item, index);
  }

  #put(item: T, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}
