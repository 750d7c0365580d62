import type { Request, Response } from "express";
import type { Clock } from "../clock.ts";
import type { LiveState, PublishedState, Readiness } from "../contract/ports.ts";
import { serverKey } from "../contract/server-key.ts";
import { CONTRACT_VERSION, type ServerStatus } from "../contract/status.ts";
import { chooseEncoding, sendCompressed, sendEncoded } from "./compression.ts";
import { entityTag, isNotModified, weakEntityTag } from "./entity-tag.ts";
import { parseFindingsQuery } from "./findings-query.ts";
import { parseIncidentsQuery } from "./incidents-query.ts";
import { createListRenderer } from "./list-body.ts";
import { selectPage, parseListQuery } from "./list-query.ts";
import { sendProblem } from "./problems.ts";
import type { Route } from "./route.ts";
import type {
  FindingsResponse,
  IncidentsResponse,
  InstancesResponse,
  StatusResponse,
} from "./schemas/response-schemas.ts";
import { createListCache } from "./list-cache.ts";

/** What `/api/v1/status` says about this process. */
export interface HaprobeInfo {
  /** haprobe's own version. */
  readonly version: string;
  readonly epoch: string;
  readonly vantage: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Facts of the configuration that a reader may know; never a secret. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
}

/** The routes below `/api/v1`. Lists show the published state, one server the live one. */
export function apiRoutes(parts: {
  live: LiveState;
  published: PublishedState;
  readiness: Readiness;
  haprobeInfo: HaprobeInfo;
  clock: Clock;
}): readonly Route[] {
  const { live, published, readiness, haprobeInfo: about, clock } = parts;
  const makeBody = createListRenderer(published, clock);
  const shared = createListCache(makeBody);

  function status(request: Request, response: Response): Promise<void> {
    const { epoch, seq, summary } = published.snapshot();
    const notReady = readiness.notReady();
    return sendJson(request, response, {
      version: CONTRACT_VERSION,
      epoch,
      seq,
      haprobe: about.version,
      node: process.versions.node,
      vantage: about.vantage,
      startedAt: about.startedAt,
      ready: notReady.length === 0,
      notReady,
      remarks: readiness.remarks(),
      summary,
      settings: about.settings,
    } satisfies StatusResponse);
  }

  function instances(request: Request, response: Response): Promise<void> {
    const { epoch, seq, instances: list } = published.snapshot();
    return sendJson(request, response, {
      version: CONTRACT_VERSION,
      epoch,
      seq,
      instances: list,
      next: null,
    } satisfies InstancesResponse);
  }

  async function servers(request: Request, response: Response): Promise<void> {
    const parsed = parseListQuery(queryParameters(request));
    if (parsed.kind === "bad") return sendProblem(response, 400, parsed.detail);
    const { form } = parsed;
    response.set("cache-control", "no-cache").type("json").vary("accept-encoding");
    const isAskedAnew = !isNotModified(request.headers["if-none-match"], published.snapshot());
    if (isAskedAnew && form === "rows") await published.prepareJsonBytes();
    const snapshot = published.snapshot();
    if (isNotModified(request.headers["if-none-match"], snapshot)) {
      response.set("etag", weakEntityTag(snapshot)).status(304).end();
      return;
    }
    if (parsed.kind === "some") {
      response.set("etag", weakEntityTag(snapshot));
      const body = await makeBody({ ...snapshot, ...selectPage(snapshot.servers, parsed.query) }, form);
      return sendCompressed(request, response, body);
    }
    const { length } = await shared.body(snapshot, form);
    const encoding = chooseEncoding(request, length);
    response.set("etag", entityTag(snapshot, encoding));
    sendEncoded(response, await shared.encodedBody(snapshot, form, encoding), encoding);
  }

  function findings(request: Request, response: Response): unknown {
    const parsed = parseFindingsQuery(queryParameters(request));
    if (parsed.kind === "bad") return sendProblem(response, 400, parsed.detail);
    const found = live.findings().filter(parsed.matches);
    return sendJson(request, response, {
      version: CONTRACT_VERSION,
      findings: found,
      next: null,
    } satisfies FindingsResponse);
  }

  function incidents(request: Request, response: Response): unknown {
    const parsed = parseIncidentsQuery(queryParameters(request));
    if (parsed.kind === "bad") return sendProblem(response, 400, parsed.detail);
    const found = live.incidents().filter(parsed.matches);
    return sendJson(request, response, {
      version: CONTRACT_VERSION,
      incidents: found,
      next: null,
    } satisfies IncidentsResponse);
  }

  function oneIncident(request: Request, response: Response): unknown {
    const found = live.incidents().find(({ id }) => id === request.params["id"]);
    if (found === undefined) return sendProblem(response, 404, "There is no such incident, or it ended long ago.");
    return sendJson(request, response, found);
  }

  function oneServer(request: Request, response: Response, key: string, isIt: (row: ServerStatus) => boolean): unknown {
    const row = live.server(key);
    if (row === null || !isIt(row)) return sendProblem(response, 404, "There is no such server.");
    return sendJson(request, response, row);
  }

  return [
    { path: "/api/v1/status", handle: status },
    { path: "/api/v1/instances", handle: instances },
    { path: "/api/v1/servers", handle: servers },
    { path: "/api/v1/findings", handle: findings },
    { path: "/api/v1/incidents", handle: incidents },
    { path: "/api/v1/incidents/:id", handle: oneIncident },
    {
      path: "/api/v1/servers/:instance/:backend/:server",
      handle(request, response) {
        const { instance, backend, server } = request.params as Record<"instance" | "backend" | "server", string>;
        // An instance with an encoded `/` would make the key of another server.
        return oneServer(request, response, serverKey(instance, backend, server), (row) => row.instance === instance);
      },
    },
    {
      path: "/api/v1/server",
      handle(request, response) {
        const { key } = request.query;
        if (typeof key !== "string") return sendProblem(response, 400, "key=INSTANCE/BACKEND/SERVER is wanted, once.");
        return oneServer(request, response, key, () => true);
      },
    },
    {
      path: "/api/v1/stream",
      handle(_request, response) {
        response.set("upgrade", "websocket");
        sendProblem(response, 426, "This is a WebSocket.");
      },
    },
  ];
}

/** The parameters as they came: express's own parsing makes lists and objects of some names. */
function queryParameters(request: Request): URLSearchParams {
  return new URL(request.originalUrl, "http://localhost").searchParams;
}

function sendJson(request: Request, response: Response, body: object): Promise<void> {
  response.set("cache-control", "no-store").type("json");
  return sendCompressed(request, response, Buffer.from(JSON.stringify(body)));
}
