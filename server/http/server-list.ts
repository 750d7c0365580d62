import { createHash } from "node:crypto";
import type { Request, Response } from "express";
import type { Visibility } from "../access/visibility.ts";
import { visibleSnapshot } from "../access/visible-snapshot.ts";
import type { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { HistoryReader, PastFleet, PastServer } from "../contract/history.ts";
import type { PublishedState } from "../contract/ports.ts";
import type { ServerStatus, SnapshotMessage, StreamPosition } from "../contract/status.ts";
import { forEachInSlices } from "../slices.ts";
import type { BodySender } from "./body-sender.ts";
import { createListRenderer } from "./list-body.ts";
import { createListCache } from "./list-cache.ts";
import { selectPage } from "./page.ts";
import { type PastReads, sendNothingKept } from "./past-reads.ts";
import { sendProblem } from "./problems.ts";
import { serversQuery } from "./query-schemas.ts";
import type { Route } from "./route.ts";
import { withQuery } from "./with-query.ts";
import { cacheControl, seenBy } from "./security-middleware.ts";

/**
 * `/api/v1/servers`: the published state, or with `at` the fleet as it stood then. The unfiltered present list is rendered
 * once for all clients, any other is paged.
 */
export function serverListRoute(
  published: PublishedState,
  history: HistoryReader,
  pastReads: PastReads,
  clock: Clock,
  sender: BodySender,
): Route {
  const renderBody = createListRenderer(published, clock);
  const sharedBody = createListCache(renderBody);

  /** Tags the response with the published position; true where the client has that state already. */
  function isUnchanged({ epoch, seq }: StreamPosition, request: Request, response: Response): boolean {
    const { key } = seenBy(response);
    const part = key === "" ? "" : `-${createHash("sha256").update(key).digest("base64url").slice(0, 12)}`;
    response.set("etag", `W/"${epoch}-${seq}${part}"`);
    return request.fresh;
  }

  async function sendPast(
    { at, limit, next, ...filters }: Omit<z.output<typeof serversQuery>, "form"> & { readonly at: number },
    request: Request,
    response: Response,
  ): Promise<void> {
    if (!history.isKept) return sendNothingKept(response);
    if (at > clock.wall()) return sendProblem(response, 400, "at: is in the future.");
    return pastReads.run(request, response, async () => {
      if (!sender.admitList(request, response)) return;
      const fleet = visibleFleet(await history.fleetAt(at), seenBy(response));
      const matches = (server: PastServer): boolean => matchesFilters(server, filters);
      const page = selectPage(fleet.servers, { idOf: ({ key }) => key, matches, limit, next });
      response.set("cache-control", cacheControl(response, "no-store")).type("json");
      const rows: string[] = [];
      await forEachInSlices(clock, BOUNDS.sliceMs, page.items, (row) => rows.push(JSON.stringify(row)));
      const rest = JSON.stringify({ ...fleet, servers: undefined, next: page.next });
      sender.send(request, response, Buffer.from(`${rest.slice(0, -1)},"servers":[${rows.join(",")}]}`));
    });
  }

  return {
    path: "/api/v1/servers",
    handle: withQuery(serversQuery, async ({ form, limit, next, at, ...filters }, request, response) => {
      if (at !== undefined) return sendPast({ at, limit, next, ...filters }, request, response);
      response.set("cache-control", cacheControl(response, "no-cache")).type("json").vary("accept-encoding");
      const snapshot = visibleSnapshot(published.snapshot(), seenBy(response));
      if (isUnchanged(snapshot, request, response)) return response.status(304).end();

      if (Object.values({ limit, next, ...filters }).some((value) => value !== undefined)) {
        const matches = (server: ServerStatus): boolean => matchesFilters(server, filters);
        const page = selectPage(snapshot.servers, { idOf: ({ key }) => key, matches, limit, next });
        if (page.items.length > BOUNDS.listShortRows && !sender.admitList(request, response)) return;
        const body = await renderBody({ ...snapshot, servers: page.items, next: page.next }, form);
        return sender.send(request, response, body);
      }
      return sender.sendShared(request, response, await sharedBody(snapshot, form));
    }),
  };
}

/** A past fleet has the fields of the present one, some of them null. */
function visibleFleet(fleet: PastFleet, visibility: Visibility): PastFleet {
  if (visibility.key === "") return fleet;
  const { canBeFalselyUp } = fleet.summary;
  const seen = visibleSnapshot(fleet as unknown as SnapshotMessage, visibility);
  return { ...(seen as unknown as PastFleet), summary: { ...seen.summary, canBeFalselyUp } };
}

type Filters = Omit<z.output<typeof serversQuery>, "form" | "limit" | "next" | "at">;

function matchesFilters(
  server: Pick<ServerStatus, "verdict" | "phase" | "site" | "instance" | "backend">,
  { verdict, site, instance, backend, problems }: Filters,
): boolean {
  return (
    (verdict?.includes(server.verdict) ?? true) &&
    (site?.includes(server.site) ?? true) &&
    (instance?.includes(server.instance) ?? true) &&
    (backend?.includes(server.backend) ?? true) &&
    (problems !== "1" || server.phase !== null)
  );
}
