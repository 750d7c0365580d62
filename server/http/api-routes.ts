import type { Request, Response } from "express";
import { visibleSnapshot } from "../access/visible-snapshot.ts";
import type { Clock } from "../clock.ts";
import type { HubReader, IncidentArchive, LiveState, PublishedState, Readiness } from "../contract/ports.ts";
import { serverKey } from "../contract/server-key.ts";
import { CONTRACT_VERSION, type ServerStatus } from "../contract/status.ts";
import type { BodySender } from "./body-sender.ts";
import { incidentRoutes } from "./incident-list.ts";
import type { TriedAddress } from "../contract/config-status.ts";
import type { HistoryReader } from "../contract/history.ts";
import type { SeriesReader } from "../contract/series.ts";
import type { SourcesReader } from "../contract/server-sources.ts";
import { historyRoutes } from "./history-routes.ts";
import { PastReads } from "./past-reads.ts";
import { selectPage } from "./page.ts";
import { sendProblem } from "./problems.ts";
import { findingsQuery, serverQuery } from "./query-schemas.ts";
import type { Route } from "./route.ts";
import { seenBy } from "./security-middleware.ts";
import type {
  FindingsResponse,
  InstancesResponse,
  StatusResponse,
  VantagesResponse,
} from "./schemas/response-schemas.ts";
import { serverListRoute } from "./server-list.ts";
import { withQuery } from "./with-query.ts";

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

/** The routes below `/api/v1`. Servers and instances are the published state, everything else is live. */
export function apiRoutes(parts: {
  live: LiveState;
  hub: HubReader | null;
  published: PublishedState;
  history: HistoryReader;
  series: SeriesReader;
  sources: SourcesReader;
  readiness: Readiness;
  archive: IncidentArchive | null;
  haprobeInfo: HaprobeInfo;
  tried: () => readonly TriedAddress[];
  clock: Clock;
  sender: BodySender;
}): readonly Route[] {
  const { live, hub, published, history, series, sources, readiness, archive, haprobeInfo, tried, clock, sender } =
    parts;
  const pastReads = new PastReads();

  function sendServer(request: Request, response: Response, server: ServerStatus | null): void {
    const visibility = seenBy(response);
    if (server === null || !visibility.sees(server.instance)) {
      return sendProblem(response, 404, "There is no such server.");
    }
    sender.sendJson(request, response, visibility.server(server));
  }

  return [
    {
      path: "/api/v1/status",
      handle(request, response) {
        const { seesAllInstances, seesDetails } = seenBy(response);
        const { epoch, seq, summary, instances } = visibleSnapshot(published.snapshot(), seenBy(response));
        const notReady = readiness.notReady();
        return sender.sendJson(request, response, {
          version: CONTRACT_VERSION,
          epoch,
          seq,
          haprobe: haprobeInfo.version,
          node: process.versions.node,
          vantage: haprobeInfo.vantage,
          startedAt: haprobeInfo.startedAt,
          ready: notReady.length === 0,
          notReady:
            seesAllInstances && seesDetails ? notReady : notReady.map(() => "an instance or a part is not ready"),
          // They name instances, and quote their errors.
          remarks: seesAllInstances && seesDetails ? readiness.remarks() : [],
          tried: instances.length === 0 && seesAllInstances && seesDetails ? tried() : [],
          summary,
          settings: haprobeInfo.settings,
        } satisfies StatusResponse);
      },
    },
    {
      path: "/api/v1/instances",
      handle(request, response) {
        const { epoch, seq, instances } = visibleSnapshot(published.snapshot(), seenBy(response));
        const body = { version: CONTRACT_VERSION, epoch, seq, instances, next: null } satisfies InstancesResponse;
        return sender.sendJson(request, response, body);
      },
    },
    {
      path: "/api/v1/vantages",
      handle(request, response) {
        const { seesAllInstances, sees } = seenBy(response);
        const all = (hub?.vantages() ?? []).map((each) => ({ ...each, instances: each.instances.filter(sees) }));
        // A vantage is hidden where this sender sees none of its instances.
        const vantages = seesAllInstances ? all : all.filter(({ instances }) => instances.length > 0);
        const body = { version: CONTRACT_VERSION, vantages, next: null } satisfies VantagesResponse;
        return sender.sendJson(request, response, body);
      },
    },
    serverListRoute(published, history, pastReads, clock, sender),
    ...historyRoutes({ history, pastReads, series, live, hub, clock, sender }),
    {
      path: "/api/v1/servers/:instance/:backend/:server",
      handle(request, response) {
        const { instance, backend, server } = request.params as Record<"instance" | "backend" | "server", string>;
        const found = live.server(serverKey(instance, backend, server));
        // An instance with an encoded `/` would make the key of another server.
        return sendServer(request, response, found?.instance === instance ? found : null);
      },
    },
    {
      path: "/api/v1/servers/:instance/:backend/:server/sources",
      handle(request, response) {
        const { instance, backend, server } = request.params as Record<"instance" | "backend" | "server", string>;
        const key = serverKey(instance, backend, server);
        const { sees, seesDetails } = seenBy(response);
        const isVisible = seesDetails && sees(instance) && live.server(key)?.instance === instance;
        const found = isVisible ? sources.sources(key) : null;
        if (found === null) return sendProblem(response, 404, "There is no such server.");
        sender.sendJson(request, response, found);
      },
    },
    {
      path: "/api/v1/server",
      handle: withQuery(serverQuery, ({ key }, request, response) => sendServer(request, response, live.server(key))),
    },
    {
      path: "/api/v1/findings",
      handle: withQuery(findingsQuery, ({ code, instance, limit, next: after }, request, response) => {
        if (!sender.admitList(request, response)) return;
        const { items: findings, next } = selectPage(
          live.findings().flatMap((finding) => seenBy(response).finding(finding) ?? []),
          {
            idOf: ({ id }) => id,
            matches: (finding) =>
              (code?.includes(finding.code) ?? true) && (instance?.includes(finding.subject.instance ?? "") ?? true),
            limit,
            next: after,
          },
        );
        return sender.sendJson(request, response, {
          version: CONTRACT_VERSION,
          findings,
          next,
        } satisfies FindingsResponse);
      }),
    },
    ...incidentRoutes(live, archive, clock, sender),
    {
      path: "/api/v1/stream",
      handle(_request, response) {
        response.set("upgrade", "websocket");
        sendProblem(response, 426, "This is a WebSocket.");
      },
    },
  ];
}
