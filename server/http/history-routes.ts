import type { Request, Response } from "express";
import type { Clock } from "../clock.ts";
import type { HistoryReader, Numbers, TimeRange } from "../contract/history.ts";
import type { HubReader, LiveState } from "../contract/ports.ts";
import type { SeriesReader } from "../contract/series.ts";
import { serverKey } from "../contract/server-key.ts";
import { CONTRACT_VERSION } from "../contract/status.ts";
import type { StoredServerName } from "../contract/store.ts";
import type { BodySender } from "./body-sender.ts";
import { renderNumbersCsv } from "./numbers-csv.ts";
import { selectPage } from "./page.ts";
import { type PastReads, sendNothingKept } from "./past-reads.ts";
import { sendProblem } from "./problems.ts";
import { changesQuery, historyQuery, numbersQuery } from "./query-schemas.ts";
import type { Route } from "./route.ts";
import { resolveRange } from "./time-range-query.ts";
import { withQuery } from "./with-query.ts";
import { cacheControl, seenBy } from "./security-middleware.ts";

const HISTORY_DEFAULT_MS = 15 * 60_000;
const NUMBERS_DEFAULT_MS = 24 * 3_600_000;

/** The routes about the past. */
export function historyRoutes(parts: {
  history: HistoryReader;
  pastReads: PastReads;
  series: SeriesReader;
  live: LiveState;
  hub: HubReader | null;
  clock: Clock;
  sender: BodySender;
}): readonly Route[] {
  const { history, pastReads, series, live, hub, clock, sender } = parts;

  /** Runs `read` over the range that the query means; a problem where it means none. */
  async function answer(
    query: { readonly from?: number | undefined; readonly to?: number | undefined },
    defaultMs: number,
    request: Request,
    response: Response,
    read: (range: TimeRange) => Promise<void>,
  ): Promise<void> {
    const { instance } = request.params as { instance?: string };
    if (instance !== undefined && !seenBy(response).sees(instance)) {
      return sendProblem(response, 404, "There is no such server.");
    }
    const range = resolveRange(query, clock.wall(), defaultMs);
    if (typeof range === "string") return sendProblem(response, 400, range);
    return pastReads.run(request, response, () => read(range));
  }

  return [
    {
      path: "/api/v1/servers/:instance/:backend/:server/history",
      handle: withQuery(historyQuery, ({ points, ...query }, request, response) =>
        answer(query, HISTORY_DEFAULT_MS, request, response, async (range) => {
          const { name, isLive } = findServer(request, live, hub);
          const found = await history.history(name, range, points);
          if (isLive || found.intervals.some(({ haproxy }) => haproxy !== null)) {
            return sender.sendJson(request, response, found);
          }
          return sendProblem(response, 404, "Nothing was recorded of such a server within this range.");
        }),
      ),
    },
    {
      path: "/api/v1/servers/:instance/:backend/:server/series",
      handle: withQuery(historyQuery, ({ points, ...query }, request, response) =>
        answer(query, HISTORY_DEFAULT_MS, request, response, async (range) => {
          const { name, isLive } = findServer(request, live, hub);
          const found = await series.series(name, range, points);
          const isEmpty = Object.values(found.series).every((values) => values.every((value) => value === null));
          if (isLive || !isEmpty) return sender.sendJson(request, response, found);
          return sendProblem(response, 404, "Nothing was measured of such a server within this range.");
        }),
      ),
    },
    {
      path: "/api/v1/changes",
      handle: withQuery(changesQuery, ({ at }, request, response) => {
        if (!history.isKept) return sendNothingKept(response);
        return pastReads.run(request, response, async () =>
          sender.sendJson(request, response, await history.changesBeside(at ?? Math.trunc(clock.wall()))),
        );
      }),
    },
    {
      path: "/api/v1/numbers",
      handle: withQuery(numbersQuery, ({ by, instance = null, backend = null, ...query }, request, response) =>
        answer(query, NUMBERS_DEFAULT_MS, request, response, async (range) => {
          if (!history.isKept) return sendNothingKept(response);
          if (!sender.admitList(request, response)) return;
          const seen = seenBy(response);
          const all = (await history.numbers({ range, by, instance, backend })).filter((row) =>
            seen.sees(row.instance),
          );
          const [from, to] = [new Date(range.from).toISOString(), new Date(range.to).toISOString()];
          response.vary("accept");
          if (query.format === "csv" || (query.format === undefined && request.accepts(["json", "csv"]) === "csv")) {
            response.set("cache-control", cacheControl(response, "no-store")).type("text/csv; charset=utf-8");
            response.set("content-disposition", `attachment; filename="haprobe-numbers.csv"`);
            return sender.send(request, response, Buffer.from(renderNumbersCsv(all, from, to)));
          }
          const { limit, next: after } = query;
          const idOf = (row: object): string => JSON.stringify(Object.values(row).slice(0, 4));
          const { items: numbers, next } = selectPage(all, { idOf, matches: () => true, limit, next: after });
          sender.sendJson(request, response, {
            version: CONTRACT_VERSION,
            from,
            to,
            by,
            numbers,
            next,
          } satisfies Numbers);
        }),
      ),
    },
  ];
}

/** The identity of a server in the store; a server of an instance that is gone is looked for in the default site. */
function findServer(
  request: Request,
  live: LiveState,
  hub: HubReader | null,
): { name: StoredServerName; isLive: boolean } {
  const { instance, backend, server } = request.params as Record<"instance" | "backend" | "server", string>;
  const key = serverKey(instance, backend, server);
  const isLive = live.server(key)?.instance === instance;
  const stored = isLive ? (hub?.storedName(key) ?? null) : null;
  if (stored !== null) return { name: stored, isLive };
  const site = live.instances().find(({ name }) => name === instance)?.site ?? "default";
  return { name: { site, instance, backend, server }, isLive };
}
