import express, { type Express } from "express";
import type { AccessGuard } from "../access/access-guard.ts";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { LiveState, PublishedState, Readiness } from "../contract/ports.ts";
import { type About, apiRoutes } from "./api-routes.ts";
import { descriptionRoutes } from "./description-routes.ts";
import { guard, securityHeaders } from "./guards.ts";
import { healthRoutes, type MetricsText } from "./health-routes.ts";
import { methodNotAllowed, notFound, problemOfError } from "./problems.ts";
import type { Route } from "./route.ts";
import { webBundle } from "./web-bundle.ts";

/** What the HTTP side reads from. */
export interface AppParts {
  readonly live: LiveState;
  readonly published: PublishedState;
  readonly readiness: Readiness;
  readonly metrics: MetricsText;
  readonly access: AccessGuard;
  /** Folder of the built dashboard; null where there is none. */
  readonly webRoot: string | null;
  readonly about: About;
  readonly clock: Clock;
  /** Hears of errors that are our own fault; the client is told nothing of them. */
  readonly onFault: (error: unknown) => void;
}

/** Every path that answers, for the app and for the documentation that is compared with it. */
export function routesOf(parts: AppParts): readonly Route[] {
  return [
    ...apiRoutes(parts),
    ...descriptionRoutes(parts.about.version),
    ...healthRoutes(parts.readiness, parts.metrics),
  ];
}

/** REST, health, metrics and the dashboard's files. Every error is problem details. */
export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.use(securityHeaders());
  app.use(guard(parts.access));
  app.use(express.json({ limit: BOUNDS.requestBodyMaxBytes }));
  for (const { path, answer } of routesOf(parts)) {
    app.route(path).get(answer).all(methodNotAllowed);
  }
  app.use(webBundle(parts.webRoot));
  app.use(notFound);
  app.use(problemOfError(parts.onFault));
  return app;
}
