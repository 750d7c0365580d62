import type { Response } from "express";
import { createProblemDetails, PROBLEM_CONTENT_TYPE } from "../access/problem-details.ts";
import { BOUNDS } from "../bounds.ts";
import type { IngestOutcome, IngestReceiver } from "../contract/ingest.ts";
import { sendProblem } from "./problems.ts";
import type { Route } from "./route.ts";
import { parseIngest } from "./schemas/ingest-schema.ts";
import { principalOf } from "./security-middleware.ts";
import { readUnpacked } from "./unpack-body.ts";

/** Where vantages append their events; `receiver` null: this haprobe is no hub. */
export function ingestRoute(receiver: IngestReceiver | null): Route {
  let underWay = 0;
  /** Vantages with a request under way: each sends one at a time. */
  const busy = new Set<string>();
  return {
    path: "/api/v1/ingest",
    method: "post",
    scope: "ingest",
    readsBody: true,
    async handle(request, response) {
      response.set("cache-control", "no-store");
      if (receiver === null) return sendProblem(response, 404, "This haprobe is no hub: it has no `database`.");
      const { vantage: sender } = principalOf(response);
      if (sender === null) return sendProblem(response, 403, "This token is for no vantage.");
      const key = `${sender.site} ${sender.vantage}`;
      if (busy.has(key)) return sendLater(response, 429, "A vantage sends one request at a time.");
      if (underWay >= BOUNDS.ingestsMax) return sendLater(response, 503, "Too many vantages send at once.");
      underWay += 1;
      busy.add(key);
      try {
        const body = await readUnpacked(request);
        if (!body.ok) return sendProblem(response, body.status, body.detail);
        const parsed = parseIngest(parseJson(body.bytes));
        if (!parsed.ok) return sendProblem(response, 400, parsed.detail);
        return sendOutcome(response, await receiver.ingest(parsed.request, sender));
      } finally {
        underWay -= 1;
        busy.delete(key);
      }
    },
  };
}

function sendOutcome(response: Response, outcome: IngestOutcome): void {
  switch (outcome.kind) {
    case "applied":
      return void response.json({ seq: outcome.seq });
    case "gap":
      return sendConflict(response, "The log goes on at another event.", { expectedSeq: outcome.expectedSeq });
    case "superseded":
      return sendConflict(response, "Another log has the name of this vantage.", { superseded: true });
    case "later":
      response.set("retry-after", String(Math.ceil(outcome.retryInMs / 1_000)));
      return sendProblem(response, 503, outcome.detail);
    case "refused":
      return sendProblem(response, outcome.isContent ? 400 : 403, outcome.detail);
  }
}

function sendConflict(response: Response, detail: string, members: Readonly<Record<string, unknown>>): void {
  const body = JSON.stringify({ ...createProblemDetails(409, detail), ...members });
  response.status(409).type(PROBLEM_CONTENT_TYPE).send(Buffer.from(body));
}

function sendLater(response: Response, status: number, detail: string): void {
  sendProblem(response.set("retry-after", "1"), status, detail);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return null;
  }
}
