import express, { type Express, type Request } from "express";
import type { AccessGuard } from "../access/access-guard.ts";
import type { Clock } from "../clock.ts";
import type { AuditEntry, AuditStore } from "../contract/audit.ts";
import type { AlertControl } from "../contract/alert-api.ts";
import type { ConfigReader, TriedAddress } from "../contract/config-status.ts";
import type {
  HubReader,
  IncidentActions,
  IncidentArchive,
  LiveState,
  PublishedState,
  Readiness,
} from "../contract/ports.ts";
import type { IngestReceiver } from "../contract/ingest.ts";
import type { HistoryReader } from "../contract/history.ts";
import type { OnRefused } from "../contract/refusal.ts";
import type { SeriesReader } from "../contract/series.ts";
import type { SourcesReader } from "../contract/server-sources.ts";
import type { SendingBytes } from "../access/sending-bytes.ts";
import { type AlertWrite, alertRoutes } from "./alert-routes.ts";
import { type HaprobeInfo, apiRoutes } from "./api-routes.ts";
import { configRoutes } from "./config-routes.ts";
import { oidcRoutes } from "./oidc-routes.ts";
import { auditRoutes } from "./audit-routes.ts";
import { createBodySender } from "./body-sender.ts";
import { descriptionRoutes } from "./description-routes.ts";
import {
  admitRequests,
  auditWrites,
  checkHost,
  checkPublicWrites,
  onlyWrites,
  securityHeaders,
} from "./security-middleware.ts";
import { readJsonBody } from "./json-body.ts";
import { ingestRoute } from "./ingest-route.ts";
import { healthRoutes, type MetricsText } from "./health-routes.ts";
import { type AppliedWrite, incidentWriteRoutes } from "./incident-writes.ts";
import { methodNotAllowed, notFound, createErrorHandler } from "./problems.ts";
import type { Route } from "./route.ts";
import { type SessionParts, sessionRoutes } from "./session-routes.ts";
import { webBundle } from "./web-bundle.ts";

/** What the app needs. */
export interface AppParts {
  readonly live: LiveState;
  readonly actions: IncidentActions;
  readonly alerts: AlertControl;
  readonly config: ConfigReader;
  readonly published: PublishedState;
  readonly history: HistoryReader;
  readonly sources: SourcesReader;
  readonly series: SeriesReader;
  readonly readiness: Readiness;
  /** Null where this haprobe is no hub, as the next. */
  readonly hub: HubReader | null;
  readonly ingest: IngestReceiver | null;
  /** Null where nothing is kept. */
  readonly archive: IncidentArchive | null;
  readonly metrics: MetricsText;
  readonly access: AccessGuard;
  /** Folder of the built dashboard; null where there is none. */
  readonly webRoot: string | null;
  /** Path of the public URL, such as `/haprobe`. */
  readonly basePath?: string;
  /** True where the listener itself speaks TLS; absent: false. */
  readonly isTls?: boolean;
  /** True where browsers reach the page over TLS; absent: false. */
  readonly isSecure?: boolean;
  /** True where every write is refused; absent: false. */
  readonly isReadOnly?: boolean;
  readonly haprobeInfo: HaprobeInfo;
  /** The default addresses of HAProxy's stats, and what is there. */
  readonly tried: () => readonly TriedAddress[];
  readonly clock: Clock;
  /** Bytes that are being sent to clients. */
  readonly sending: SendingBytes;
  /** Called with each response that is refused for lack of room. */
  readonly onRefused?: OnRefused;
  /** Called with each write that was applied, and each that was refused because its sender may not write. */
  readonly onWrite: (write: AppliedWrite) => void;
  readonly onAlertWrite: (write: AlertWrite) => void;
  readonly onWriteRefused: (request: Request, detail: string) => void;
  /** Called with each write that was answered. */
  readonly onAudit: (entry: Omit<AuditEntry, "at">) => void;
  readonly audit: { read: AuditStore["audit"] };
  readonly session: SessionParts;
  /** Called with each error of a handler; the client gets a 500 without details. */
  readonly onInternalError: (error: unknown) => void;
}

/** Every route of the app except the dashboard's files; tests compare the documentation with it. */
export function createRoutes(parts: AppParts): readonly Route[] {
  const sender = createBodySender(parts.sending, parts.clock, parts.onRefused);
  return [
    ...apiRoutes({ ...parts, sender }),
    ...incidentWriteRoutes({ ...parts, sender }),
    ...alertRoutes({ ...parts, sender }),
    ...configRoutes({ ...parts, sender }),
    ...sessionRoutes({ ...parts, sender }),
    ...oidcRoutes(parts),
    ...auditRoutes({ ...parts, sender }),
    ingestRoute(parts.ingest),
    ...descriptionRoutes(parts.haprobeInfo.version, sender),
    ...healthRoutes(parts.readiness, parts.metrics, sender, parts.clock, parts.access),
  ];
}

/** REST, health, metrics and the dashboard's files. Every error is problem details. */
export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.set("query parser", (text: string | null) => new URLSearchParams(text ?? ""));
  app.use(securityHeaders(parts.isTls ?? false));
  app.use(checkHost(parts.access));
  app.use(auditWrites(parts.onAudit));
  const parseBody = readJsonBody(parts.clock);
  const publicWrite = [onlyWrites(checkPublicWrites(parts.access))];
  /** A write to a path that takes none is refused as any other is. */
  const strayWrite = [
    onlyWrites(admitRequests(parts.access, "write", parts.clock, parts.onWriteRefused)),
    ...parseBody,
  ];
  for (const route of createRoutes(parts)) {
    const { path, method, scope = method === "post" ? "write" : "read", readsBody = false, handle } = route;
    const admit =
      scope === "public" ? publicWrite : [admitRequests(parts.access, scope, parts.clock, parts.onWriteRefused)];
    const parse = readsBody ? [] : parseBody;
    if (method === "post") app.route(path).post(admit, parse, handle).all(strayWrite, methodNotAllowed("POST"));
    else app.route(path).get(admit, handle).all(strayWrite, methodNotAllowed("GET, HEAD"));
  }
  app.use(strayWrite);
  app.use(webBundle(parts.webRoot, parts.basePath ?? ""));
  app.use(notFound);
  app.use(createErrorHandler(parts.onInternalError));
  return app;
}
