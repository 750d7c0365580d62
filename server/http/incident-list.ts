import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Incident } from "../contract/incident.ts";
import type { IncidentArchive, LiveState } from "../contract/ports.ts";
import { CONTRACT_VERSION } from "../contract/status.ts";
import { renderIncident } from "../report/incident-report.ts";
import type { BodySender } from "./body-sender.ts";
import { collectIncidentPage, encodePosition, positionBehind } from "./incident-page.ts";
import { sendProblem, sendStoreProblem } from "./problems.ts";
import { incidentQuery, incidentsQuery } from "./query-schemas.ts";
import type { Route } from "./route.ts";
import { withQuery } from "./with-query.ts";
import { cacheControl, seenBy } from "./security-middleware.ts";

/** `/api/v1/incidents` and one of them: those in memory, and those that only the archive has; null: nothing is kept. */
export function incidentRoutes(
  live: LiveState,
  archive: IncidentArchive | null,
  clock: Clock,
  sender: BodySender,
): readonly Route[] {
  return [
    {
      path: "/api/v1/incidents",
      handle: withQuery(
        incidentsQuery,
        async ({ open, brief, until, limit = BOUNDS.pageRowsDefault, next }, request, response) => {
          if (!sender.admitList(request, response)) return;
          const query = {
            open: open === undefined ? null : open === "true",
            // The `next` of a page is behind `until` already.
            after: next ?? (until === undefined ? null : positionBehind(until)),
            limit,
            isBrief: brief === "true",
            see: (incident: Incident) => seenBy(response).incident(incident),
          };
          const { texts, last, complete } = await collectIncidentPage(live, archive, query, pauseBetween(clock));
          const rest = JSON.stringify({ next: last === null ? null : encodePosition(last), complete });
          response.set("cache-control", cacheControl(response, "no-store")).type("json");
          const body = `{"version":${CONTRACT_VERSION},"incidents":[${texts.join(",")}],${rest.slice(1)}`;
          return sender.send(request, response, Buffer.from(body));
        },
      ),
    },
    {
      path: "/api/v1/incidents/:id",
      handle: withQuery(incidentQuery, async ({ format = "json" }, request, response) => {
        const id = String(request.params["id"]);
        let found: Incident | null;
        try {
          found = live.incident(id) ?? (await archive?.find(id)) ?? null;
        } catch (error) {
          return sendStoreProblem(response, error, "Incidents of earlier cannot be read now.");
        }
        found = found === null ? null : seenBy(response).incident(found);
        if (found === null) return sendProblem(response, 404, "There is no such incident, or it is no longer kept.");
        if (format === "json") return sender.sendJson(request, response, found);
        response.set("cache-control", cacheControl(response, "no-store")).type("text/markdown; charset=utf-8");
        response.set("content-disposition", `attachment; filename="haprobe-incident-${found.id}.md"`);
        return sender.send(request, response, Buffer.from(renderIncident(found, clock.wall())));
      }),
    },
  ];
}

/** Lets the event loop run after each `sliceMs` of work. */
function pauseBetween(clock: Clock): () => Promise<void> {
  let sliceEnd = clock.now() + BOUNDS.sliceMs;
  return async () => {
    if (clock.now() < sliceEnd) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    sliceEnd = clock.now() + BOUNDS.sliceMs;
  };
}
