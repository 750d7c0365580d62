import { BlockList, isIP } from "node:net";
import { BOUNDS } from "../bounds.ts";
import { DueHeap } from "./due-heap.ts";
import type { Due } from "./due-heap.ts";

/** The queue before one address; its fields belong to Admission. */
export interface AddressQueue<T> extends Due {
  readonly key: string;
  readonly isLimited: boolean;
  /** Targets that use it; without any it is taken down. */
  targetCount: number;
  readonly waiting: Set<T>;
  inFlight: number;
  /** Its last probe timed out; and so many are in flight that were sent while that was so. */
  isHung: boolean;
  hungInFlight: number;
  /** Not before this moment, for the rate's sake. */
  nextAllowedAt: number;
}

/**
 * Says who may be probed next: at most 256 in flight, per address outside loopback at most 20, and 50 a second.
 * Addresses take turns, and those that hang have half of the places at most, so that they cannot starve the others. It
 * holds each item at most once.
 */
export class AdmissionControl<T> {
  readonly #queues = new Map<string, AddressQueue<T>>();
  /** Lanes that could go right now, in turn; those that hang by themselves. */
  readonly #ready = new Set<AddressQueue<T>>();
  readonly #readyHung = new Set<AddressQueue<T>>();
  /** Lanes that could go but for the rate. */
  readonly #rateLimited = new DueHeap<AddressQueue<T>>();
  #waitingCount = 0;
  #inFlight = 0;
  #hungInFlight = 0;
  /** Whose turn it is where both kinds wait. */
  #hungNext = false;

  /** The lane of a host or of a UNIX socket's path; `network` keeps equal addresses of two sites apart. To be left again. */
  register(network: string, host: string): AddressQueue<T> {
    const address = `${network}\n${host}`;
    let lane = this.#queues.get(address);
    if (!lane) {
      const limited = !isLoopback(host);
      const idle = {
        targetCount: 0,
        waiting: new Set<T>(),
        inFlight: 0,
        isHung: false,
        hungInFlight: 0,
        nextAllowedAt: 0,
      };
      lane = { key: address, isLimited: limited, ...idle, dueAt: 0, heapIndex: -1 };
      this.#queues.set(address, lane);
    }
    lane.targetCount += 1;
    return lane;
  }

  /** Ends what `enter` began; the item, if it waits, waits no more. */
  unregister(lane: AddressQueue<T>, item: T): void {
    this.#dequeue(lane, item);
    lane.targetCount -= 1;
    if (lane.targetCount === 0) this.#queues.delete(lane.key);
    if (lane.waiting.size === 0) this.#unschedule(lane);
  }

  /** True where the lane may be gone through right now and nobody waits for that: then it counts as in flight until `release`. */
  tryAcquire(lane: AddressQueue<T>, now: number): boolean {
    const nobodyWaits = lane.waiting.size === 0 && this.#ready.size === 0 && this.#readyHung.size === 0;
    if (!nobodyWaits || this.#inFlight >= BOUNDS.probesInFlight || lane.nextAllowedAt > now) return false;
    if (lane.isLimited && lane.inFlight >= BOUNDS.probesPerAddress) return false;
    if (lane.isHung && this.#hungInFlight >= BOUNDS.probesInFlightHung) return false;
    this.#acquire(lane, now);
    return true;
  }

  /** Whether somebody is held back, by the number of those in flight or by the rate. */
  get hasWaiting(): boolean {
    return this.#waitingCount > 0;
  }

  /** Lets an item wait for its turn; one that waits already keeps its place. */
  enqueue(lane: AddressQueue<T>, item: T, now: number): void {
    this.#waitingCount += lane.waiting.has(item) ? 0 : 1;
    lane.waiting.add(item);
    this.#reschedule(lane, now);
  }

  /** The next item that may go now, counted as in flight until `release`; null if none may. */
  acquireNext(now: number): T | null {
    for (let lane = this.#rateLimited.popDue(now); lane; lane = this.#rateLimited.popDue(now)) this.#markReady(lane);
    const lane = this.#nextQueue();
    if (lane === undefined) return null;
    this.#unschedule(lane);
    const [item] = lane.waiting;
    if (item === undefined) return null;
    this.#dequeue(lane, item);
    this.#acquire(lane, now);
    this.#reschedule(lane, now);
    return item;
  }

  #acquire(lane: AddressQueue<T>, now: number): void {
    lane.inFlight += 1;
    this.#inFlight += 1;
    if (lane.isHung) {
      lane.hungInFlight += 1;
      this.#hungInFlight += 1;
    }
    if (lane.isLimited) lane.nextAllowedAt = now + 1_000 / BOUNDS.probesPerAddressPerSecond;
  }

  #dequeue(lane: AddressQueue<T>, item: T): void {
    if (lane.waiting.delete(item)) this.#waitingCount -= 1;
  }

  #nextQueue(): AddressQueue<T> | undefined {
    if (this.#inFlight >= BOUNDS.probesInFlight) return undefined;
    const [well] = this.#ready;
    const [hung] = this.#hungInFlight < BOUNDS.probesInFlightHung ? this.#readyHung : [];
    this.#hungNext = !this.#hungNext;
    return this.#hungNext ? (hung ?? well) : (well ?? hung);
  }

  /** One that was let through has come back; `timedOut` is null where it says nothing of its address. */
  release(lane: AddressQueue<T>, now: number, timedOut: boolean | null): void {
    lane.inFlight -= 1;
    this.#inFlight -= 1;
    if (lane.hungInFlight > 0) {
      lane.hungInFlight -= 1;
      this.#hungInFlight -= 1;
    }
    lane.isHung = timedOut ?? lane.isHung;
    if (lane.waiting.size === 0) return;
    this.#unschedule(lane);
    this.#reschedule(lane, now);
  }

  /** When somebody who waits for the rate may go; null if nobody does, or if only a release can help. */
  nextAllowedAt(): number | null {
    if (this.#inFlight >= BOUNDS.probesInFlight) return null;
    return this.#rateLimited.peek()?.dueAt ?? null;
  }

  #reschedule(lane: AddressQueue<T>, now: number): void {
    if (lane.waiting.size === 0 || (lane.isLimited && lane.inFlight >= BOUNDS.probesPerAddress)) {
      this.#unschedule(lane);
    } else if (lane.nextAllowedAt > now) {
      this.#rateLimited.set(lane, lane.nextAllowedAt);
    } else {
      this.#rateLimited.delete(lane);
      this.#markReady(lane);
    }
  }

  #markReady(lane: AddressQueue<T>): void {
    if (lane.isHung) this.#readyHung.add(lane);
    else this.#ready.add(lane);
  }

  #unschedule(lane: AddressQueue<T>): void {
    this.#ready.delete(lane);
    this.#readyHung.delete(lane);
    this.#rateLimited.delete(lane);
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
