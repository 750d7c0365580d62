import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { Server } from "socket.io";
import { toColumns } from "../../server/contract/columns.ts";
import type { HistoryInterval } from "../../server/contract/history.ts";
import type { Finding } from "../../server/contract/finding.ts";
import type { Incident } from "../../server/contract/incident.ts";
import { EXAMPLES } from "../../server/http/schemas/examples.ts";
import { webBundle } from "../../server/http/web-bundle.ts";
import { SERIES } from "../../server/contract/series.ts";
import type { DeltaMessage, InstanceStatus, ServerStatus, SnapshotMessage } from "../../server/contract/status.ts";
import type { VantageReport } from "../../server/contract/vantage.ts";
import { sampleSnapshot } from "../web/sample-fleet.ts";

/** The policy that haprobe sends: no inline script, no style element, nothing from another origin. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
  "object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

const NOT_RECORDED: Omit<HistoryInterval, "from" | "to"> = {
  verdict: "unknown",
  phase: null,
  reason: "not-recorded",
  probeReason: null,
  sentence: "",
  tone: "quiet",
  expected: false,
  haproxy: null,
  probe: null,
  vantage: null,
  address: null,
};

/** Serves the built page with haprobe's REST and stream messages; a test sets the state. */
export class FakeDashboardServer implements AsyncDisposable {
  readonly url: string;
  readonly #servers: Map<string, ServerStatus>;
  #instances: readonly InstanceStatus[];
  /** What the list of incidents contains. */
  incidents: readonly Incident[] = [];
  findings: readonly Finding[] = [];
  /** Those that report to it, as to a hub. */
  vantages: readonly VantageReport[] = [];
  /** Writes to incidents, and the token that they need; null: none. */
  readonly remarks: object[] = [];
  token: string | null = null;
  /** Keys whose history was asked for. */
  readonly historiesAsked: string[] = [];
  /** What was recorded of a server. */
  intervalsOf: (key: string, range: { from: string; to: string }) => readonly HistoryInterval[] = (_key, range) => [
    { ...NOT_RECORDED, ...range },
  ];
  /** When HAProxy was started or reloaded, as recorded. */
  reloads: readonly string[] = [];
  /** Every series of a server, by step. */
  valueOf: (step: number) => number | null = () => null;
  #seq = 10;
  #frozenServer: ServerStatus | null | undefined;
  readonly #http: HttpServer;
  readonly #io: Server;

  constructor(http: HttpServer, io: Server, servers: readonly ServerStatus[], instances: readonly InstanceStatus[]) {
    this.#http = http;
    this.#io = io;
    this.#servers = new Map(servers.map((server) => [server.key, server]));
    this.#instances = instances;
    this.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  }

  /** `webRoot` is the folder of the built page. `port` 0 takes a free one; a test of a restart gives the old one. */
  static async start(
    webRoot: string,
    servers: readonly ServerStatus[],
    instances: readonly InstanceStatus[],
    port = 0,
    epoch = "e1",
  ): Promise<FakeDashboardServer> {
    const app = express();
    const http = createServer(app);
    const io = new Server(http, { transports: ["websocket"], pingInterval: 1_000, pingTimeout: 1_000 });
    http.listen(port, "127.0.0.1");
    await once(http, "listening");
    const feed = new FakeDashboardServer(http, io, servers, instances);
    app.use((_request, response, next) => {
      response.setHeader("content-security-policy", CONTENT_SECURITY_POLICY);
      next();
    });
    app.get("/api/v1/servers", (_request, response) => {
      const { servers: list, ...rest } = feed.#snapshot(epoch);
      const columns = Object.fromEntries(toColumns(list));
      response.json({ ...rest, rows: list.length, columns, next: null });
    });
    app.get("/api/v1/incidents", ({ query }, response) => {
      const { open, until = "9999", next = "0", limit = "200" } = query as Partial<Record<string, string>>;
      const matching = feed.incidents.filter(
        ({ state, confirmedAt }) => (open !== "true" || state !== "ended") && confirmedAt <= until,
      );
      const end = Number(next) + Number(limit);
      const incidents = matching.slice(Number(next), end);
      response.json({ version: 1, incidents, next: end < matching.length ? String(end) : null, complete: true });
    });
    app.get("/api/v1/status", (_request, response) => {
      const process = { haprobe: "0.1.0", node: "26.0.0", vantage: "host-a", startedAt: new Date().toISOString() };
      response.json({ version: 1, settings: {}, ...process, ready: true, notReady: [], remarks: [] });
    });
    app.get("/api/v1/config", (_request, response) => {
      response.json(EXAMPLES.config);
    });
    app.get("/api/v1/session", (_request, response) => {
      response.json({ ...EXAMPLES.session, tokensRequired: feed.token !== null, signIn: [] });
    });
    app.get("/api/v1/vantages", (_request, response) => {
      response.json({ version: 1, vantages: feed.vantages, next: null });
    });
    app.get("/api/v1/notifications", (_request, response) => {
      response.json({ version: 1, notifications: [], next: null });
    });
    app.get("/api/v1/findings", (_request, response) => {
      response.json({ version: 1, findings: feed.findings, next: null });
    });
    app.post("/api/v1/incidents/:id/:kind", express.json(), (request, response) => {
      const isAllowed = feed.token === null || request.headers.authorization === `Bearer ${feed.token}`;
      if (!isAllowed) return void response.status(401).json({ detail: "A write needs the token of an operator." });
      const { name, note, why = null } = request.body as { name: string; note?: string; why?: string | null };
      const { id, kind } = request.params;
      feed.remarks.push({ id, kind, ...(request.body as object) });
      const at = new Date().toISOString();
      const changed =
        kind === "acknowledge"
          ? { acknowledgement: { at, name, text: note ?? "" } }
          : { expected: why === null ? null : { at, name, text: why } };
      feed.incidents = feed.incidents.map((incident) => (incident.id === id ? { ...incident, ...changed } : incident));
      response.json(feed.incidents.find((incident) => incident.id === id));
    });
    app.get("/api/v1/servers/:instance/:backend/:server/history", ({ params, query }, response) => {
      const { instance, backend, server } = params;
      const key = `${instance}/${backend}/${server}`;
      feed.historiesAsked.push(key);
      const range = { from: query["from"] as string, to: query["to"] as string };
      response.json({
        version: 1,
        key,
        ...range,
        thinned: false,
        reloads: feed.reloads,
        intervals: feed.intervalsOf(key, range),
      });
    });
    app.get("/api/v1/servers/:instance/:backend/:server/series", ({ params, query }, response) => {
      const { instance, backend, server } = params;
      const range = { from: query["from"] as string, to: query["to"] as string };
      const stepMs = Math.ceil((Date.parse(range.to) - Date.parse(range.from)) / Number(query["points"]));
      const values = Array.from({ length: Number(query["points"]) }, (_, step) => feed.valueOf(step));
      const series = Object.fromEntries(SERIES.map((name) => [name, values]));
      response.json({ version: 1, key: `${instance}/${backend}/${server}`, ...range, stepMs, series });
    });
    app.get("/api/v1/servers/:instance/:backend/:server/sources", ({ params }, response) => {
      const { instance, backend, server } = params;
      response.json({ ...EXAMPLES.sources, key: `${instance}/${backend}/${server}` });
    });
    app.get("/api/v1/server", ({ query }, response) => {
      const server = feed.#frozenServer === undefined ? feed.#servers.get(query["key"] as string) : feed.#frozenServer;
      if (server) response.json(server);
      else response.sendStatus(404);
    });
    app.get("/livez", (_request, response) => {
      response.send("ok");
    });
    app.use(webBundle(webRoot, ""));
    io.on("connection", (socket) => socket.emit("hello", { version: 1, epoch, seq: feed.#seq }));
    return feed;
  }

  /** Answers every request for one server with this one, without one by 404; the stream does not change. */
  freezeServer(server: ServerStatus | null = null): void {
    this.#frozenServer = server;
  }

  /** Changes servers or instances and sends the delta to every client. */
  publish(servers: readonly ServerStatus[], instances: readonly InstanceStatus[] = [], epoch = "e1"): void {
    this.#seq += 1;
    for (const server of servers) this.#servers.set(server.key, server);
    const changed = new Map(instances.map((instance) => [instance.name, instance]));
    this.#instances = this.#instances.map((instance) => changed.get(instance.name) ?? instance);
    const { version, seq, summary } = this.#snapshot(epoch);
    const delta: DeltaMessage = {
      type: "delta",
      version,
      epoch,
      seq,
      servers,
      removed: [],
      instances,
      removedInstances: [],
      summary,
    };
    this.#io.emit("patch", delta);
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  #snapshot(epoch: string): SnapshotMessage {
    return sampleSnapshot([...this.#servers.values()], this.#instances, { epoch, seq: this.#seq });
  }

  /** Closes every connection at once, as a killed process does. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#io.disconnectSockets(true);
    this.#http.closeAllConnections();
    await this.#io.close();
  }
}
