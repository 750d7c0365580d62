import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import { wallMs } from "../wall-clock.ts";
import type { LoadRequest, LoadResponse } from "./protocol.ts";

// Many clients in their own process, which exits with the bench. They read every byte and parse nothing.
const ADDRESSES = Array.from({ length: 16 }, (_, index) => `127.30.0.${index + 1}`);
/** A snapshot of 10,000 rows is 11 MB. */
const CONNECTING_AT_ONCE = 4;
const RETRY_MS = 200;
const RETRIES = 50;

interface Armed {
  readonly texts: readonly Buffer[];
  readonly receivedAt: number[];
  readonly all: PromiseWithResolvers<void>;
}

interface Stream {
  readonly socket: WebSocket;
  hasReceived: boolean;
}

const agents = ADDRESSES.map((localAddress) => new Agent({ keepAlive: true, maxSockets: 64, localAddress }));
const streams = new Set<Stream>();
let turn = 0;
let refused = 0;
let messages = 0;
let bytes = 0;
let armed: Armed | null = null;

process.on("message", (request: LoadRequest) => void handleRequest(request));
process.on("disconnect", () => process.exit(0));

async function handleRequest(request: LoadRequest): Promise<void> {
  const found = request.kind === "requests" ? await sendRequests(request) : { latencies: [], statuses: {} };
  if (request.kind === "connect") await connectAll(request);
  if (request.kind === "arm") arm(request.texts);
  const receivedAt = request.kind === "await-armed" ? await waitForTexts(request.deadlineMs) : [];
  process.send?.({ open: streams.size, refused, messages, bytes, receivedAt, ...found } satisfies LoadResponse);
  [messages, bytes, refused] = [0, 0, 0];
}

async function connectAll(request: Extract<LoadRequest, { kind: "connect" }>): Promise<void> {
  let left = request.count;
  const connectNext = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await connectWithRetries(request);
    }
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, connectNext));
}

async function connectWithRetries(request: Extract<LoadRequest, { kind: "connect" }>): Promise<void> {
  for (let attempt = 0; attempt < RETRIES; attempt += 1) {
    const outcome = await connect(request);
    if (outcome === "open") return;
    refused += 1;
    // Snapshots that are being sent are limited, and further clients are asked to come again; a full house stays full.
    if (outcome === "full") return;
    await pause(RETRY_MS);
  }
}

/** Resolves once the first state arrived: the snapshot, or for a dashboard the list that it loads beside the stream. */
function connect({ transport, url, query }: Extract<LoadRequest, { kind: "connect" }>) {
  turn += 1;
  const localAddress = ADDRESSES[turn % ADDRESSES.length] ?? "";
  const isDashboard = transport === "socket.io";
  const at = url.replace(/^http/, "ws");
  const options = { localAddress, perMessageDeflate: false } as const;
  const socket = isDashboard
    ? new WebSocket(`${at}/socket.io/?EIO=4&transport=websocket`, options)
    : new WebSocket(`${at}/api/v1/stream${query}`, "haprobe.v1", options);
  const stream: Stream = { socket, hasReceived: false };
  return new Promise<"open" | "busy" | "full">((resolve) => {
    const open = (): void => {
      streams.add(stream);
      resolve("open");
    };
    socket.on("error", () => resolve("full"));
    socket.on("close", () => {
      if (streams.delete(stream)) refused += 1;
      resolve("busy");
    });
    socket.on("message", (data: Buffer) => {
      messages += 1;
      bytes += data.length;
      if (isDashboard) handlePacket(stream, data, () => void fetchSnapshot(url).then(open));
      else if (!streams.has(stream)) open();
      lookForTexts(stream, data);
    });
  });
}

/** The packets of engine.io: open, ping, and connect of the namespace. */
function handlePacket({ socket }: Stream, data: Buffer, onConnected: () => void): void {
  const kind = data.toString("latin1", 0, 2);
  if (kind.startsWith("0")) socket.send("40");
  else if (kind.startsWith("2")) socket.send("3");
  else if (kind === "40") onConnected();
}

async function fetchSnapshot(url: string): Promise<void> {
  const { status } = await sendGet(`${url}/api/v1/servers?form=columns`);
  if (status !== 200) refused += 1;
}

function lookForTexts(stream: Stream, data: Buffer): void {
  if (armed === null || stream.hasReceived || !armed.texts.every((text) => data.includes(text))) return;
  stream.hasReceived = true;
  armed.receivedAt.push(wallMs());
  if (armed.receivedAt.length === streams.size) armed.all.resolve();
}

function arm(texts: readonly string[]): void {
  for (const stream of streams) stream.hasReceived = false;
  armed = { texts: texts.map((text) => Buffer.from(text)), receivedAt: [], all: Promise.withResolvers() };
}

async function waitForTexts(deadlineMs: number): Promise<readonly number[]> {
  if (armed === null) return [];
  const { all, receivedAt } = armed;
  const deadline = new AbortController();
  await Promise.race([all.promise, pause(deadlineMs, undefined, { signal: deadline.signal }).catch(() => {})]);
  deadline.abort();
  armed = null;
  return receivedAt;
}

async function sendRequests({ url, paths, perSecond, forMs }: Extract<LoadRequest, { kind: "requests" }>) {
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const pending = new Set<Promise<void>>();
  const startedAt = performance.now();
  for (let sent = 0; ; ) {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs >= forMs) break;
    for (; sent < (elapsedMs * perSecond) / 1_000; sent += 1) {
      const answered = sendGet(url + paths[sent % paths.length]).then(({ status, ms }) => {
        latencies.push(ms);
        statuses[status] = (statuses[status] ?? 0) + 1;
        pending.delete(answered);
      });
      pending.add(answered);
    }
    await pause(2);
  }
  await Promise.all(pending);
  return { latencies, statuses };
}

/** One GET of everything, compressed where haprobe compresses it; status 0 where the connection ended. */
async function sendGet(url: string): Promise<{ readonly status: number; readonly ms: number }> {
  turn += 1;
  const agent = agents[turn % agents.length];
  const startedAt = performance.now();
  try {
    const asked = get(url, { ...(agent === undefined ? {} : { agent }), headers: { "accept-encoding": "br" } });
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    response.resume();
    await once(response, "end");
    return { status: response.statusCode ?? 0, ms: performance.now() - startedAt };
  } catch {
    return { status: 0, ms: performance.now() - startedAt };
  }
}
