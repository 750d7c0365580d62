import { BlockList, isIP } from "node:net";
import { BOUNDS } from "../bounds.ts";
import { DueHeap } from "./due-heap.ts";
import type { Due } from "./due-heap.ts";

/** The queue before one address; its fields belong to Admission. */
export interface Lane<T> extends Due {
  readonly address: string;
  readonly limited: boolean;
  /** Targets that use it; without any it is taken down. */
  members: number;
  readonly waiting: Set<T>;
  inFlight: number;
  /** Not before this moment, for the rate's sake. */
  openAt: number;
}

/**
 * Says who may be probed next: at most 256 in flight, per address outside loopback at most 20, and 50 a second.
 * Addresses take turns, so a hung one cannot starve the others. It holds each item at most once.
 */
export class Admission<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  /** Lanes that could go right now, in turn. */
  readonly #ready = new Set<Lane<T>>();
  /** Lanes that could go but for the rate. */
  readonly #paused = new DueHeap<Lane<T>>();
  #inFlight = 0;

  /** The lane of a host or of a UNIX socket's path; `network` keeps equal addresses of two sites apart. To be left again. */
  enter(network: string, host: string): Lane<T> {
    const address = `${network}\n${host}`;
    let lane = this.#lanes.get(address);
    if (!lane) {
      const limited = !isLoopback(host);
      lane = { address, limited, members: 0, waiting: new Set(), inFlight: 0, openAt: 0, dueAt: 0, heapIndex: -1 };
      this.#lanes.set(address, lane);
    }
    lane.members += 1;
    return lane;
  }

  /** Ends what `enter` began; the item, if it waits, waits no more. */
  leave(lane: Lane<T>, item: T): void {
    lane.waiting.delete(item);
    lane.members -= 1;
    if (lane.members === 0) this.#lanes.delete(lane.address);
    if (lane.waiting.size === 0) this.#takeOut(lane);
  }

  /** Lets an item wait for its turn; one that waits already keeps its place. */
  offer(lane: Lane<T>, item: T, now: number): void {
    lane.waiting.add(item);
    this.#place(lane, now);
  }

  /** The next item that may go now, counted as in flight until `release`; null if none may. */
  next(now: number): T | null {
    for (let lane = this.#paused.popDue(now); lane; lane = this.#paused.popDue(now)) this.#ready.add(lane);
    if (this.#inFlight >= BOUNDS.probesInFlight) return null;
    for (const lane of this.#ready) {
      this.#ready.delete(lane);
      for (const item of lane.waiting) {
        lane.waiting.delete(item);
        lane.inFlight += 1;
        this.#inFlight += 1;
        if (lane.limited) lane.openAt = now + 1_000 / BOUNDS.probesPerAddressPerSecond;
        this.#place(lane, now);
        return item;
      }
    }
    return null;
  }

  /** An item that `next` gave has come back. */
  release(lane: Lane<T>, now: number): void {
    lane.inFlight -= 1;
    this.#inFlight -= 1;
    this.#place(lane, now);
  }

  /** When somebody who waits for the rate may go; null if nobody does, or if only a release can help. */
  nextAt(): number | null {
    if (this.#inFlight >= BOUNDS.probesInFlight) return null;
    return this.#paused.peek()?.dueAt ?? null;
  }

  #place(lane: Lane<T>, now: number): void {
    if (lane.waiting.size === 0 || (lane.limited && lane.inFlight >= BOUNDS.probesPerAddress)) {
      this.#takeOut(lane);
    } else if (lane.openAt > now) {
      this.#paused.set(lane, lane.openAt);
    } else {
      this.#paused.delete(lane);
      this.#ready.add(lane);
    }
  }

  #takeOut(lane: Lane<T>): void {
    this.#ready.delete(lane);
    this.#paused.delete(lane);
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host === "localhost" || host.startsWith("/");
  return LOOPBACK.check(host, family === 6 ? "ipv6" : "ipv4");
}
