import type { Response } from "express";
import type { AccessGuard } from "../access/access-guard.ts";
import { toAccessRequest } from "../access/access-request.ts";
import { visibleMetrics } from "../access/visible-metrics.ts";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Readiness } from "../contract/ports.ts";
import type { BodySender } from "./body-sender.ts";
import type { Route } from "./route.ts";
import { cacheControl, seenBy } from "./security-middleware.ts";

/** Text of all metrics in Prometheus' format. */
export interface MetricsText {
  readonly contentType: string;
  render(): Promise<string>;
}

/** `/livez` and `/readyz` in the format of kube-apiserver, and `/metrics`. */
export function healthRoutes(
  readiness: Readiness,
  metrics: MetricsText,
  sender: BodySender,
  clock: Clock,
  access: AccessGuard,
): readonly Route[] {
  const render = createSharedText(async () => Buffer.from(await metrics.render()), clock);
  return [
    { path: "/livez", scope: "public", handle: (_request, response) => sendText(response, 200, "ok\n") },
    {
      path: "/readyz",
      scope: "public",
      async handle(request, response) {
        const notReady = readiness.notReady();
        const reader = access.dependsOnSender ? await access.admit(toAccessRequest(request), "read") : null;
        const isOpen = reader === null || (reader.ok && access.visibilityOf(reader.principal).key === "");
        if (access.dependsOnSender) response.vary("cookie, authorization");
        const lines = [
          "[+]ping ok",
          // Reasons and remarks name instances.
          ...(isOpen ? notReady.map((line) => `[-]${toSingleLine(line)}`) : []),
          ...(isOpen ? readiness.remarks().map((line) => `[+]remark: ${toSingleLine(line)}`) : []),
          `readyz check ${notReady.length === 0 ? "passed" : "failed"}`,
        ];
        sendText(response, notReady.length === 0 ? 200 : 503, `${lines.join("\n")}\n`);
      },
    },
    {
      path: "/metrics",
      scope: "metrics",
      async handle(request, response) {
        const visibility = seenBy(response);
        const all = await render();
        const body = visibility.seesAllInstances ? all : Buffer.from(visibleMetrics(all.toString(), visibility));
        response.set({ "content-type": metrics.contentType, "cache-control": cacheControl(response, "no-store") });
        return sender.sendShared(request, response, body);
      },
    },
  ];
}

/**
 * Scrapes that come while one is rendered share its result, and so do those that come soon afterwards: rendering takes a
 * part of the time, however many clients scrape.
 */
function createSharedText<T>(render: () => Promise<T>, clock: Clock): () => Promise<T> {
  let last: Promise<T> | null = null;
  let validUntil = Number.NEGATIVE_INFINITY;
  return () => {
    const startedAt = clock.now();
    if (last !== null && startedAt < validUntil) return last;
    validUntil = Number.POSITIVE_INFINITY;
    last = render();
    const keep = (factor: number): void => {
      const now = clock.now();
      validUntil = now + Math.min(factor * (now - startedAt), BOUNDS.metricsKeptMaxMs);
    };
    last.then(
      () => keep(BOUNDS.metricsKeptFactor),
      () => keep(0),
    );
    return last;
  };
}

function sendText(response: Response, status: number, text: string): void {
  response.status(status).set("cache-control", cacheControl(response, "no-store")).type("text/plain").send(text);
}

/** Replaces line breaks, since a line may contain untrusted text. */
function toSingleLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
