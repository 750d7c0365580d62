import { BlockList, isIP } from "node:net";
import { BOUNDS } from "../bounds.ts";
import { type Due, DueHeap } from "./due-heap.ts";

/** The queue of one address; only AdmissionControl writes its fields. */
export interface AddressQueue<T> extends Due {
  readonly key: string;
  readonly isLimited: boolean;
  /** Targets that use it; at 0 the queue is removed. */
  targetCount: number;
  readonly waiting: Set<T>;
  inFlight: number;
  /** Its last probe timed out; `hungInFlight` counts probes sent while that holds. */
  isHung: boolean;
  hungInFlight: number;
  /** Monotonic milliseconds of the next probe that the rate allows. */
  nextAllowedAt: number;
}

/**
 * Decides which probe is sent next: at most 256 in flight, and per address outside loopback at most 20 in flight and
 * 50 a second. Addresses take turns, and hung ones use at most half of the slots, so that they cannot starve the
 * others. It holds each item at most once.
 */
export class AdmissionControl<T> {
  readonly #queues = new Map<string, AddressQueue<T>>();
  /** Queues that may send now, in turn; hung ones separately. */
  readonly #ready = new Set<AddressQueue<T>>();
  readonly #readyHung = new Set<AddressQueue<T>>();
  /** Queues that wait for their rate. */
  readonly #rateLimited = new DueHeap<AddressQueue<T>>();
  #waitingCount = 0;
  #inFlight = 0;
  #hungInFlight = 0;
  /** Which kind is next where both wait. */
  #hungNext = false;

  /** The queue of a host or of a UNIX socket's path; `network` separates equal addresses of two sites. Ended by `unregister`. */
  register(network: string, host: string): AddressQueue<T> {
    const address = `${network}\n${host}`;
    let queue = this.#queues.get(address);
    if (!queue) {
      const limited = !isLoopback(host);
      const idle = {
        targetCount: 0,
        waiting: new Set<T>(),
        inFlight: 0,
        isHung: false,
        hungInFlight: 0,
        nextAllowedAt: 0,
      };
      queue = { key: address, isLimited: limited, ...idle, dueAt: 0, heapIndex: -1 };
      this.#queues.set(address, queue);
    }
    queue.targetCount += 1;
    return queue;
  }

  /** Ends a `register` and removes the item from the queue. */
  unregister(queue: AddressQueue<T>, item: T): void {
    this.#dequeue(queue, item);
    queue.targetCount -= 1;
    if (queue.targetCount === 0) this.#queues.delete(queue.key);
    if (queue.waiting.size === 0) this.#unschedule(queue);
  }

  /** True where a probe may be sent now and none is waiting: then it counts as in flight until `release`. */
  tryAcquire(queue: AddressQueue<T>, now: number): boolean {
    const isIdle = queue.waiting.size === 0 && this.#ready.size === 0 && this.#readyHung.size === 0;
    if (!isIdle || this.#inFlight >= BOUNDS.probesInFlight || queue.nextAllowedAt > now) return false;
    if (queue.isLimited && queue.inFlight >= BOUNDS.probesPerAddress) return false;
    if (queue.isHung && this.#hungInFlight >= BOUNDS.probesInFlightHung) return false;
    this.#acquire(queue, now);
    return true;
  }

  /** Whether an item waits for a slot or for its rate. */
  get hasWaiting(): boolean {
    return this.#waitingCount > 0;
  }

  /** Adds an item; one that waits already keeps its position. */
  enqueue(queue: AddressQueue<T>, item: T, now: number): void {
    this.#waitingCount += queue.waiting.has(item) ? 0 : 1;
    queue.waiting.add(item);
    this.#reschedule(queue, now);
  }

  /** The next item that may go now, counted as in flight until `release`; null if none may. */
  acquireNext(now: number): T | null {
    for (let queue = this.#rateLimited.popDue(now); queue; queue = this.#rateLimited.popDue(now))
      this.#markReady(queue);
    const queue = this.#nextQueue();
    if (queue === undefined) return null;
    this.#unschedule(queue);
    const [item] = queue.waiting;
    if (item === undefined) return null;
    this.#dequeue(queue, item);
    this.#acquire(queue, now);
    this.#reschedule(queue, now);
    return item;
  }

  #acquire(queue: AddressQueue<T>, now: number): void {
    queue.inFlight += 1;
    this.#inFlight += 1;
    if (queue.isHung) {
      queue.hungInFlight += 1;
      this.#hungInFlight += 1;
    }
    if (queue.isLimited) queue.nextAllowedAt = now + 1_000 / BOUNDS.probesPerAddressPerSecond;
  }

  #dequeue(queue: AddressQueue<T>, item: T): void {
    if (queue.waiting.delete(item)) this.#waitingCount -= 1;
  }

  #nextQueue(): AddressQueue<T> | undefined {
    if (this.#inFlight >= BOUNDS.probesInFlight) return undefined;
    const [well] = this.#ready;
    const [hung] = this.#hungInFlight < BOUNDS.probesInFlightHung ? this.#readyHung : [];
    this.#hungNext = !this.#hungNext;
    return this.#hungNext ? (hung ?? well) : (well ?? hung);
  }

  /** One that was let through has come back; `timedOut` is null where it says nothing of its address. */
  release(queue: AddressQueue<T>, now: number, timedOut: boolean | null): void {
    queue.inFlight -= 1;
    this.#inFlight -= 1;
    if (queue.hungInFlight > 0) {
      queue.hungInFlight -= 1;
      this.#hungInFlight -= 1;
    }
    queue.isHung = timedOut ?? queue.isHung;
    if (queue.waiting.size === 0) return;
    this.#unschedule(queue);
    this.#reschedule(queue, now);
  }

  /** Monotonic milliseconds at which the rate allows the next probe; null if none waits for it, or if only a release helps. */
  nextAllowedAt(): number | null {
    if (this.#inFlight >= BOUNDS.probesInFlight) return null;
    return this.#rateLimited.peek()?.dueAt ?? null;
  }

  #reschedule(queue: AddressQueue<T>, now: number): void {
    if (queue.waiting.size === 0 || (queue.isLimited && queue.inFlight >= BOUNDS.probesPerAddress)) {
      this.#unschedule(queue);
    } else if (queue.nextAllowedAt > now) {
      this.#rateLimited.set(queue, queue.nextAllowedAt);
    } else {
      this.#rateLimited.delete(queue);
      this.#markReady(queue);
    }
  }

  #markReady(queue: AddressQueue<T>): void {
    if (queue.isHung) this.#readyHung.add(queue);
    else this.#ready.add(queue);
  }

  #unschedule(queue: AddressQueue<T>): void {
    this.#ready.delete(queue);
    this.#readyHung.delete(queue);
    this.#rateLimited.delete(queue);
  }
}

/** True where items wait for this address alone: it does not answer, or its limits let them pass one by one. */
export function isQueueHeldBack({ isHung, isLimited, nextAllowedAt }: AddressQueue<unknown>, now: number): boolean {
  return isHung || (isLimited && now - nextAllowedAt < BOUNDS.lateAfterMs);
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host === "localhost" || host.startsWith("/");
  return LOOPBACK.check(host, family === 6 ? "ipv6" : "ipv4");
}
