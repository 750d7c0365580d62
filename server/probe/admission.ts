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
  /** Its last probe timed out; and so many are in flight that were sent while that was so. */
  hangs: boolean;
  hungInFlight: number;
  /** Not before this moment, for the rate's sake. */
  openAt: number;
}

/**
 * Says who may be probed next: at most 256 in flight, per address outside loopback at most 20, and 50 a second.
 * Addresses take turns, and those that hang have half of the places at most, so that they cannot starve the others. It
 * holds each item at most once.
 */
export class Admission<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  /** Lanes that could go right now, in turn; those that hang by themselves. */
  readonly #ready = new Set<Lane<T>>();
  readonly #readyHung = new Set<Lane<T>>();
  /** Lanes that could go but for the rate. */
  readonly #paused = new DueHeap<Lane<T>>();
  #waiting = 0;
  #inFlight = 0;
  #hungInFlight = 0;
  /** Whose turn it is where both kinds wait. */
  #hungNext = false;

  /** The lane of a host or of a UNIX socket's path; `network` keeps equal addresses of two sites apart. To be left again. */
  enter(network: string, host: string): Lane<T> {
    const address = `${network}\n${host}`;
    let lane = this.#lanes.get(address);
    if (!lane) {
      const limited = !isLoopback(host);
      const idle = { members: 0, waiting: new Set<T>(), inFlight: 0, hangs: false, hungInFlight: 0, openAt: 0 };
      lane = { address, limited, ...idle, dueAt: 0, heapIndex: -1 };
      this.#lanes.set(address, lane);
    }
    lane.members += 1;
    return lane;
  }

  /** Ends what `enter` began; the item, if it waits, waits no more. */
  leave(lane: Lane<T>, item: T): void {
    this.#takeAway(lane, item);
    lane.members -= 1;
    if (lane.members === 0) this.#lanes.delete(lane.address);
    if (lane.waiting.size === 0) this.#takeOut(lane);
  }

  /** True where the lane may be gone through right now and nobody waits for that: then it counts as in flight until `release`. */
  enterAtOnce(lane: Lane<T>, now: number): boolean {
    const nobodyWaits = lane.waiting.size === 0 && this.#ready.size === 0 && this.#readyHung.size === 0;
    if (!nobodyWaits || this.#inFlight >= BOUNDS.probesInFlight || lane.openAt > now) return false;
    if (lane.limited && lane.inFlight >= BOUNDS.probesPerAddress) return false;
    if (lane.hangs && this.#hungInFlight >= BOUNDS.probesInFlightHung) return false;
    this.#enter(lane, now);
    return true;
  }

  /** Whether somebody is held back, by the number of those in flight or by the rate. */
  get anybodyWaits(): boolean {
    return this.#waiting > 0;
  }

  /** Lets an item wait for its turn; one that waits already keeps its place. */
  offer(lane: Lane<T>, item: T, now: number): void {
    this.#waiting += lane.waiting.has(item) ? 0 : 1;
    lane.waiting.add(item);
    this.#place(lane, now);
  }

  /** The next item that may go now, counted as in flight until `release`; null if none may. */
  next(now: number): T | null {
    for (let lane = this.#paused.popDue(now); lane; lane = this.#paused.popDue(now)) this.#makeReady(lane);
    const lane = this.#nextLane();
    if (lane === undefined) return null;
    this.#takeOut(lane);
    const [item] = lane.waiting;
    if (item === undefined) return null;
    this.#takeAway(lane, item);
    this.#enter(lane, now);
    this.#place(lane, now);
    return item;
  }

  #enter(lane: Lane<T>, now: number): void {
    lane.inFlight += 1;
    this.#inFlight += 1;
    if (lane.hangs) {
      lane.hungInFlight += 1;
      this.#hungInFlight += 1;
    }
    if (lane.limited) lane.openAt = now + 1_000 / BOUNDS.probesPerAddressPerSecond;
  }

  #takeAway(lane: Lane<T>, item: T): void {
    if (lane.waiting.delete(item)) this.#waiting -= 1;
  }

  #nextLane(): Lane<T> | undefined {
    if (this.#inFlight >= BOUNDS.probesInFlight) return undefined;
    const [well] = this.#ready;
    const [hung] = this.#hungInFlight < BOUNDS.probesInFlightHung ? this.#readyHung : [];
    this.#hungNext = !this.#hungNext;
    return this.#hungNext ? (hung ?? well) : (well ?? hung);
  }

  /** One that was let through has come back; `timedOut` is null where it says nothing of its address. */
  release(lane: Lane<T>, now: number, timedOut: boolean | null): void {
    lane.inFlight -= 1;
    this.#inFlight -= 1;
    if (lane.hungInFlight > 0) {
      lane.hungInFlight -= 1;
      this.#hungInFlight -= 1;
    }
    lane.hangs = timedOut ?? lane.hangs;
    if (lane.waiting.size === 0) return;
    this.#takeOut(lane);
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
      this.#makeReady(lane);
    }
  }

  #makeReady(lane: Lane<T>): void {
    if (lane.hangs) this.#readyHung.add(lane);
    else this.#ready.add(lane);
  }

  #takeOut(lane: Lane<T>): void {
    this.#ready.delete(lane);
    this.#readyHung.delete(lane);
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
