import type { Socket } from "node:net";
import { Quota } from "../access/quota.ts";

interface Place {
  readonly socket: Socket;
  readonly holder: string;
  readonly release: () => void;
}

/**
 * The connections of clients, of which one address gets half. Where all places are taken, one gives way to a new one:
 * the longest unused of an address that has more than the new one's, so that no number of addresses keeps another one
 * out. Streams stay.
 */
export class ConnectionTable {
  readonly #quota: Quota;
  /** Without streams, the longest unused first. */
  readonly #places = new Map<string, Place>();

  constructor(total: number) {
    this.#quota = new Quota(total);
  }

  /** Gives a connection a place until it closes, and calls `onDisplaced` where another one is closed for it; false where it gets none. */
  add(socket: Socket, holder: string, onDisplaced: () => void): boolean {
    if (this.#quota.isFull && !this.#quota.hasHalf(holder)) {
      if (!this.#displace(this.#quota.usedBy(holder))) return false;
      onDisplaced();
    }
    const release = this.#quota.tryTake(holder);
    if (release === null) return false;
    const name = nameOf(socket);
    const place = { socket, holder, release };
    this.#places.set(name, place);
    socket.once("close", () => {
      release();
      if (this.#places.get(name) === place) this.#places.delete(name);
    });
    return true;
  }

  /** A request or its response is complete: the connection is the latest used. Also for the TLS socket above it. */
  markUsed(socket: Socket): void {
    const name = nameOf(socket);
    const place = this.#places.get(name);
    if (place === undefined) return;
    this.#places.delete(name);
    this.#places.set(name, place);
  }

  /** The connection has become a stream, of which there are limited numbers. Also for the TLS socket above it. */
  keep(socket: Socket): void {
    this.#places.delete(nameOf(socket));
  }

  #displace(count: number): boolean {
    for (const [name, { socket, holder, release }] of this.#places) {
      if (this.#quota.usedBy(holder) <= count) continue;
      this.#places.delete(name);
      release();
      socket.destroy();
      return true;
    }
    return false;
  }
}

/** Clients of a UNIX socket have no address, and are one holder: none of them gives way. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
