import { connect } from "node:net";
import { Client, type Dispatcher } from "undici";
import { systemClock } from "../server/clock.ts";
import { startDeadline, type Deadline } from "../server/probe/deadline.ts";
import { dialReader } from "../server/probe/dial.ts";
import { exchangeHttp } from "../server/probe/http-exchange.ts";
import type { SocketReader } from "../server/probe/socket-reader.ts";
import { cpuMs } from "./cpu-time.ts";
import { type BenchCase, summarize } from "./measurement.ts";
import type { Scale } from "./scale.ts";
import type { Section } from "./section.ts";
import { StandInPool } from "./stand-in-pool.ts";
import type { Endpoint } from "./stand-ins/protocol.ts";

const SERVERS = 50;
const CONCURRENCY = 8;
const ROUNDS = 3;
const TIMEOUT_MS = 2_000;
const US_PER_MS = 1_000;

/** One HTTP exchange by the prober's own reader and by undici's `Client`, back to back: the figures of decision 5. */
export const exchanging: Section = {
  title: "One exchange, by our reader and by undici",
  async run(scale, say) {
    await using standIns = await StandInPool.start(SERVERS, null);
    const rows: BenchCase[] = [];
    for (const keepAlive of [true, false]) {
      const connection = keepAlive ? "kept connections" : "a fresh connection each";
      say(`exchange: ${connection}`);
      const samples = { own: [] as number[], undici: [] as number[] };
      for (let round = 0; round <= ROUNDS; round += 1) {
        for (const client of ["own", "undici"] as const) {
          const cpu = await measureRound(CLIENTS[client](standIns.endpoints, keepAlive), scale);
          // The first round warms the compiler up.
          if (round > 0) samples[client].push(cpu * US_PER_MS);
        }
      }
      rows.push({
        situation: `${connection}, ${CONCURRENCY} at once`,
        figures: [
          summarize("CPU of one exchange, our reader", "µs", samples.own),
          summarize("CPU of one exchange, undici's Client", "µs", samples.undici),
        ],
      });
    }
    return rows;
  },
};

/** Exchanges once with the server of an index; `close` ends the kept connections. */
interface HttpClient {
  exchange(index: number, deadline: Deadline): Promise<string>;
  close(): void;
}

const CLIENTS: Record<"own" | "undici", (endpoints: readonly Endpoint[], keepAlive: boolean) => HttpClient> = {
  own: createOwnClient,
  undici: createUndiciClient,
};

/** Milliseconds of CPU for each exchange. */
async function measureRound(client: HttpClient, scale: Scale): Promise<number> {
  const until = performance.now() + scale.probeMs;
  let count = 0;
  const lane = async (first: number): Promise<void> => {
    for (let turn = first; performance.now() < until; turn += CONCURRENCY, count += 1) {
      using deadline = startDeadline(systemClock, TIMEOUT_MS);
      const body = await client.exchange(turn % SERVERS, deadline);
      if (body !== "ok") throw new Error(`a healthy stand-in sent ${body}`);
    }
  };
  const cpu = await cpuMs(() => Promise.all(Array.from({ length: CONCURRENCY }, (_, first) => lane(first))));
  client.close();
  return cpu / count;
}

function createOwnClient(endpoints: readonly Endpoint[], keepAlive: boolean): HttpClient {
  const readers: (SocketReader | undefined)[] = endpoints.map(() => undefined);
  const requests = endpoints.map(({ host, port }) => ({
    method: "GET",
    head: `GET /healthz HTTP/1.1\r\nhost: ${host}:${port}\r\nuser-agent: haprobe\r\naccept: */*\r\nconnection: ${keepAlive ? "keep-alive" : "close"}\r\n\r\n`,
    keepAlive,
    endsAtHeaders: null,
    decodesBody: true,
    upgrade: null,
  }));
  return {
    async exchange(index, deadline) {
      const [endpoint, request] = [endpoints[index], requests[index]];
      if (endpoint === undefined || request === undefined) throw new RangeError(`no server ${index}`);
      const reader = readers[index] ?? (await dialReader(endpoint, deadline));
      if (keepAlive) readers[index] = reader;
      return exchangeHttp(reader, request, deadline, ({ response }) => response.body);
    },
    close() {
      for (const reader of readers) reader?.socket.destroy();
    },
  };
}

function createUndiciClient(endpoints: readonly Endpoint[], keepAlive: boolean): HttpClient {
  const clients: (Client | undefined)[] = endpoints.map(() => undefined);
  return {
    async exchange(index, deadline) {
      const endpoint = endpoints[index];
      if (endpoint === undefined) throw new RangeError(`no server ${index}`);
      const client = clients[index] ?? newUndiciClient(endpoint);
      if (keepAlive) clients[index] = client;
      try {
        return await dispatch(client, deadline, keepAlive);
      } finally {
        if (!keepAlive) void client.destroy();
      }
    },
    close() {
      for (const client of clients) void client?.destroy();
    },
  };
}

/** The connector stands for ours, with its phases, PROXY header and TLS; undici's own timers are off. */
function newUndiciClient({ host, port }: Endpoint): Client {
  return new Client(`http://${host}:${port}`, {
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 60_000,
    connect(_options, callback) {
      const socket = connect({ host, port, noDelay: true });
      const fail = (error: Error): void => callback(error, null);
      socket.once("error", fail);
      socket.once("connect", () => {
        socket.off("error", fail);
        callback(null, socket);
      });
    },
  });
}

/** `dispatch`, the cheapest of undici's ways: without promises or streams of its own. */
function dispatch(client: Client, deadline: Deadline, keepAlive: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (controller) => deadline.setEndHandler((error) => controller.abort(error)),
      onResponseStart: () => deadline.markProgress(),
      onResponseData: (_controller, chunk) => void chunks.push(chunk),
      onResponseEnd() {
        deadline.setEndHandler(null);
        resolve(Buffer.concat(chunks).toString("utf8"));
      },
      onResponseError: (_controller, error) => reject(error),
    };
    client.dispatch({ path: "/healthz", method: "GET", headers: UNDICI_HEADERS, reset: !keepAlive }, handler);
  });
}

const UNDICI_HEADERS = ["user-agent", "haprobe", "accept", "*/*"];
