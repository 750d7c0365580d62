import type { Response } from "express";
import type { Readiness } from "../contract/ports.ts";
import type { BodySender } from "./body-sender.ts";
import type { Route } from "./route.ts";
import { cacheControl } from "./security-middleware.ts";

/** Text of all metrics in Prometheus' format. */
export interface MetricsText {
  readonly contentType: string;
  render(): Promise<string>;
}

/** `/livez` and `/readyz` in the format of kube-apiserver, and `/metrics`. */
export function healthRoutes(readiness: Readiness, metrics: MetricsText, sender: BodySender): readonly Route[] {
  const render = shareWhileRunning(async () => Buffer.from(await metrics.render()));
  return [
    { path: "/livez", scope: "public", handle: (_request, response) => sendText(response, 200, "ok\n") },
    {
      path: "/readyz",
      scope: "public",
      handle(_request, response) {
        const notReady = readiness.notReady();
        const lines = [
          "[+]ping ok",
          ...notReady.map((line) => `[-]${toSingleLine(line)}`),
          ...readiness.remarks().map((line) => `[+]remark: ${toSingleLine(line)}`),
          `readyz check ${notReady.length === 0 ? "passed" : "failed"}`,
        ];
        sendText(response, notReady.length === 0 ? 200 : 503, `${lines.join("\n")}\n`);
      },
    },
    {
      path: "/metrics",
      scope: "metrics",
      async handle(request, response) {
        const body = await render();
        response.set({ "content-type": metrics.contentType, "cache-control": cacheControl(response, "no-store") });
        return sender.sendShared(request, response, body);
      },
    },
  ];
}

/** Scrapes that come while one is rendered share its result. */
function shareWhileRunning<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => (running ??= run().finally(() => (running = null)));
}

function sendText(response: Response, status: number, text: string): void {
  response.status(status).set("cache-control", cacheControl(response, "no-store")).type("text/plain").send(text);
}

/** Replaces line breaks, since a line may contain untrusted text. */
function toSingleLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
