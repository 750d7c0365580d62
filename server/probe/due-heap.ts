/** An item with a due time in monotonic milliseconds; the heap that holds it owns `heapIndex`. */
export interface Due {
  dueAt: number;
  /** -1 while it is in no heap. */
  heapIndex: number;
}

/** A binary heap by `dueAt`: `peek` in constant time, everything else in logarithmic time. */
export class DueHeap<T extends Due> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  /** Adds an item, or moves it if the heap holds it. */
  set(item: T, dueAt: number): void {
    item.dueAt = dueAt;
    if (item.heapIndex < 0) {
      item.heapIndex = this.#items.length;
      this.#items.push(item);
    }
    this.#settle(item);
  }

  /** Removes an item, if the heap holds it. */
  delete(item: T): void {
    const index = item.heapIndex;
    if (index < 0) return;
    const last = this.#items.pop();
    item.heapIndex = -1;
    if (last === undefined || last === item) return;
    this.#put(last, index);
    this.#settle(last);
  }

  /** Removes and returns the next item that is due at `now`. */
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
