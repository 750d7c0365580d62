import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { CostlyTargets } from "./costly-targets.ts";
import { HANDSHAKE_TOO_LONG, TOO_MANY_BYTES, TOO_MANY_TICKETS } from "./tls-record-limits.ts";

interface WatchedConnection {
  readonly targetKey: string;
  readonly raw: Socket;
  readonly tls: TLSSocket;
  /** Received bytes up to which nothing is wrong. */
  allowedBytes: number;
  /** Decrypted bytes at the last look. */
  decryptedBytes: number;
  tickets: number;
}

/**
 * Watches what TLS connections receive below TLS, which Node passes to OpenSSL without a call of ours: it counts session
 * tickets as they come and looks at the bytes ten times a second. A connection that exceeds a limit is closed with an
 * error, and its target is costly from then on.
 */
export class TlsTraffic {
  readonly #clock: Clock;
  readonly #costly: CostlyTargets;
  /** CPU time of this thread, in milliseconds. */
  readonly cpuMs: () => number;
  /** 0 … 1: which handshakes are timed cannot be foreseen. */
  readonly #random: () => number;
  /** Targets whose next handshake is timed, and those of which one was timed lately and took no longer than others. */
  readonly #toTime: CostlyTargets;
  readonly #cheap: CostlyTargets;
  /** Targets whose handshakes took so long that only their start is read. */
  readonly #slow: CostlyTargets;
  readonly #connections = new Set<WatchedConnection>();
  /** Position of the next look. */
  #turn: Iterator<WatchedConnection> | null = null;
  #cancelTimer: (() => void) | null = null;

  constructor(
    clock: Clock,
    costly: CostlyTargets,
    { random = Math.random, cpuMs = threadCpuMs }: { random?: () => number; cpuMs?: () => number } = {},
  ) {
    this.#clock = clock;
    this.#costly = costly;
    this.#random = random;
    this.cpuMs = cpuMs;
    this.#toTime = new CostlyTargets(clock);
    this.#cheap = new CostlyTargets(clock);
    this.#slow = new CostlyTargets(clock);
  }

  isCostly(targetKey: string): boolean {
    return this.#costly.has(targetKey);
  }

  /** Its connection is read through a stream, which costs more: to count records, or to time the handshake. */
  isExamined(targetKey: string): boolean {
    return this.#costly.has(targetKey) || this.#toTime.has(targetKey);
  }

  /** Bytes of a handshake up to which one of an examined target is read. */
  handshakeMaxBytes(targetKey: string): number {
    const isCut = this.#costly.has(targetKey) && this.#slow.has(targetKey);
    return isCut ? BOUNDS.probeHandshakeTimedBytes : BOUNDS.probeHandshakeMaxBytes;
  }

  /**
   * Takes a handshake that is complete: received bytes, and the milliseconds that OpenSSL took, null where they were not
   * measured. Returns whether it was wasteful. A chain of 20 certificates can take 16 KiB, or a hundred times the work of
   * another one, so that a longer handshake is timed now and then.
   */
  recordHandshake(targetKey: string, bytes: number, ms: number | null): boolean {
    if (ms !== null && ms > BOUNDS.probeHandshakeSlowMs) this.#slow.add(targetKey);
    if (ms !== null && ms > BOUNDS.probeHandshakeMs) return true;
    if (ms !== null) {
      this.#toTime.delete(targetKey);
      this.#cheap.add(targetKey);
    } else if (bytes > BOUNDS.probeHandshakeTimedBytes) {
      const isDue = !this.#cheap.has(targetKey) || this.#random() < BOUNDS.probeHandshakeTimedShare;
      if (isDue) this.#toTime.add(targetKey);
    }
    return bytes > BOUNDS.probeHandshakeBytes;
  }

  /** Marks the target and returns the error with which its connection is closed. */
  markCostly(targetKey: string, limit: string): Error {
    this.#costly.add(targetKey);
    const code = limit === HANDSHAKE_TOO_LONG ? "ERR_SSL_HANDSHAKE_TOO_LONG" : "ERR_SSL_LIMIT_EXCEEDED";
    return Object.assign(new Error(limit), { code });
  }

  /** Watches a connection until it closes. */
  watch(targetKey: string, raw: Socket, tls: TLSSocket): void {
    const connection = { targetKey, raw, tls, allowedBytes: BOUNDS.probeTlsBytes, decryptedBytes: 0, tickets: 0 };
    this.#connections.add(connection);
    tls.on("session", () => {
      connection.tickets += 1;
      if (connection.tickets > BOUNDS.probeTlsTickets) this.#close(connection, TOO_MANY_TICKETS);
    });
    tls.once("close", () => this.#forget(connection));
    this.#cancelTimer ??= this.#clock.after(BOUNDS.probeTlsLookEveryMs, () => this.#look());
  }

  #look(): void {
    this.#cancelTimer = null;
    for (let looks = Math.min(BOUNDS.probeTlsLooks, this.#connections.size); looks > 0; looks -= 1) {
      const connection = this.#next();
      if (connection === undefined) break;
      const { raw, tls } = connection;
      if (raw.bytesRead > connection.allowedBytes) this.#close(connection, TOO_MANY_BYTES);
      // A kept connection may receive as much again after each response.
      else if (tls.bytesRead > connection.decryptedBytes) {
        connection.decryptedBytes = tls.bytesRead;
        connection.allowedBytes = raw.bytesRead + BOUNDS.probeTlsBytes;
      }
    }
    if (this.#connections.size > 0)
      this.#cancelTimer = this.#clock.after(BOUNDS.probeTlsLookEveryMs, () => this.#look());
  }

  #next(): WatchedConnection | undefined {
    this.#turn ??= this.#connections.values();
    const next = this.#turn.next();
    if (next.done !== true) return next.value;
    this.#turn = this.#connections.values();
    return this.#turn.next().value;
  }

  #close(connection: WatchedConnection, limit: string): void {
    this.#forget(connection);
    connection.tls.destroy(this.markCostly(connection.targetKey, limit));
  }

  #forget(connection: WatchedConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#turn = null;
  }
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
