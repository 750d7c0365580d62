import { BlockList, isIP } from "node:net";
import { findClient, readForwarded, readForwardedFor } from "./forwarded-client.ts";

/** The headers of a request, each line by itself. */
export type DistinctHeaders = Readonly<Record<string, readonly string[] | undefined>>;

/** The sender of a request. */
export interface Client {
  /** Its address as Node writes one: of the connection, or what a trusted proxy says; empty for a UNIX socket. */
  readonly address: string;
  /** True over TLS, of the connection or of a trusted proxy. */
  readonly isSecure: boolean;
  /** The headers that a trusted proxy sent; null where the connection comes from none. */
  readonly proxyHeaders: DistinctHeaders | null;
}

/** The client, or the sentence of a 400. */
export type ClientReading =
  | { readonly kind: "client"; readonly client: Client }
  | { readonly kind: "bad"; readonly detail: string };

/** A request of Node's HTTP server. */
interface ReceivedRequest {
  readonly headersDistinct?: DistinctHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean };
}

const AMBIGUOUS =
  "X-Forwarded-For and Forwarded name different clients; a proxy has to remove the one that it does not set.";

/** The proxies of `trusted-proxies`: networks, and `unix` for the peers of a UNIX socket. Nothing else is believed. */
export class TrustedProxies {
  readonly #networks = new BlockList();
  readonly #trustsSocket: boolean;

  constructor(networks: readonly string[]) {
    this.#trustsSocket = networks.includes("unix");
    for (const network of networks) {
      if (network === "unix") continue;
      const [base = "", length] = network.split("/");
      const family = isIP(base) === 6 ? "ipv6" : "ipv4";
      this.#networks.addSubnet(base, length === undefined ? (family === "ipv6" ? 128 : 32) : Number(length), family);
    }
  }

  /** True for the peer of a connection; undefined is that of a UNIX socket. */
  isTrusted(address: string | undefined): boolean {
    if (address === undefined || address === "") return this.#trustsSocket;
    const family = isIP(address);
    return family !== 0 && this.#networks.check(address, family === 6 ? "ipv6" : "ipv4");
  }

  /** The sender of a request. Headers of a peer that is not trusted say nothing. */
  readClient({ headersDistinct = {}, socket }: ReceivedRequest): ClientReading {
    const peer = readPeer({ socket });
    if (!this.isTrusted(socket.remoteAddress)) return { kind: "client", client: peer };
    const lines = (name: string): string | undefined => headersDistinct[name]?.join(", ");
    const [forwardedFor, forwarded] = [lines("x-forwarded-for"), lines("forwarded")];
    const isTrusted = (address: string): boolean => this.isTrusted(address);
    const older = forwardedFor === undefined ? null : readForwardedFor(forwardedFor, lines("x-forwarded-proto"));
    const newer = forwarded === undefined ? null : readForwarded(forwarded);
    const [a, b] = [older, newer].map((hops) => (hops === null ? null : findClient(hops, isTrusted)));
    if (older !== null && newer !== null && a !== b) return { kind: "bad", detail: AMBIGUOUS };
    const hops = older ?? newer ?? readForwardedFor("", lines("x-forwarded-proto"));
    const proto = hops.at(-1)?.proto ?? null;
    const client = {
      address: a ?? b ?? peer.address,
      isSecure: proto === null ? peer.isSecure : proto === "https",
      proxyHeaders: headersDistinct,
    };
    return { kind: "client", client };
  }
}

const clients = new WeakMap<object, Client>();

/** Remembers the sender of a request for all that follows. */
export function setClient(request: object, client: Client): void {
  clients.set(request, client);
}

/** The sender of a request; the peer of its connection where none was remembered. */
export function clientOf(request: ReceivedRequest): Client {
  return clients.get(request) ?? readPeer(request);
}

function readPeer({ socket }: Pick<ReceivedRequest, "socket">): Client {
  return { address: socket.remoteAddress ?? "", isSecure: socket.encrypted === true, proxyHeaders: null };
}
