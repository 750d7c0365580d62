import { UNEXPECTED_FAULTS } from "../support/unexpected-faults.ts";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket } from "ws";
import { type AccessGuard, createAccessGuard } from "../../server/access/access-guard.ts";
import { SendingBytes } from "../../server/access/sending-bytes.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { FaultReporter } from "../../server/contract/ports.ts";
import type { RefusedKind } from "../../server/contract/refusal.ts";
import type { StreamMessage } from "../../server/contract/status.ts";
import { attachPushEndpoints, type PushEndpoints } from "../../server/push/push-endpoints.ts";
import { createStatePublisher, type StatePublisher } from "../../server/push/state-publisher.ts";
import { FakeClock } from "../support/fake-clock.ts";
import type { FakeFleet } from "./fake-fleet.ts";

/** The streams on a real port, with a fleet that the test changes. */
export interface PushServer {
  readonly clock: FakeClock;
  readonly publisher: StatePublisher;
  readonly push: PushEndpoints;
  readonly http: Server;
  readonly port: number;
  /** What was refused for lack of room. */
  readonly refused: readonly RefusedKind[];
  /** Connects to the stream and keeps every message. */
  stream(query?: string, options?: StreamOptions): StreamClient;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startPushServer(
  fleet: FakeFleet,
  limits: {
    sending?: SendingBytes;
    streamsMax?: number;
    faults?: FaultReporter;
    access?: AccessGuard;
    clock?: FakeClock;
  } = {},
): Promise<PushServer> {
  const {
    sending = new SendingBytes(BOUNDS.bytesBeingSentMax),
    streamsMax = BOUNDS.streamClientsMax,
    faults = UNEXPECTED_FAULTS,
    access = createAccessGuard({ listenHost: "127.0.0.1", publicUrl: null, allowedHosts: [] }),
    clock = new FakeClock(),
  } = limits;
  const publisher = createStatePublisher({
    live: fleet,
    changes: fleet,
    clock,
    epoch: "e-1",
    faults,
  });
  const http = createServer((_request, response) => response.end());
  const refused: RefusedKind[] = [];
  const onRefused = (kind: RefusedKind): void => void refused.push(kind);
  const parts = { server: http, published: publisher, access, clock, sending, faults, streamsMax, onRefused };
  const push = attachPushEndpoints(parts);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return {
    clock,
    publisher,
    push,
    http,
    port,
    refused,
    stream: (query = "", options = {}) => new StreamClient(`ws://127.0.0.1:${port}/api/v1/stream${query}`, options),
    async [Symbol.asyncDispose]() {
      publisher.stop();
      await push.close();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

interface StreamOptions {
  readonly headers?: Record<string, string>;
  readonly protocols?: string[];
  readonly autoPong?: boolean;
}

/** A client of the plain stream. */
export class StreamClient {
  readonly socket: WebSocket;
  readonly #messages: StreamMessage[] = [];
  readonly #waiting: ((message: StreamMessage) => void)[] = [];
  /** The close code. */
  readonly closed: Promise<number>;
  /** Status and body of the response that refused the upgrade. */
  readonly refused: Promise<{ status: number; type: string | undefined; body: Record<string, unknown> }>;

  constructor(url: string, { protocols = [], ...options }: StreamOptions) {
    this.socket = new WebSocket(url, protocols, options);
    this.socket.on("error", () => {});
    this.socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as StreamMessage;
      const taker = this.#waiting.shift();
      if (taker) taker(message);
      else this.#messages.push(message);
    });
    this.closed = new Promise((resolve) => this.socket.on("close", resolve));
    this.refused = new Promise((resolve) =>
      this.socket.on("unexpected-response", (_request, response) => {
        let body = "";
        response.on("data", (chunk) => {
          body += String(chunk);
        });
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers["content-type"],
            body: JSON.parse(body) as Record<string, unknown>,
          }),
        );
      }),
    );
  }

  /** The next message, in order. */
  next(): Promise<StreamMessage> {
    const message = this.#messages.shift();
    return message ? Promise.resolve(message) : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
