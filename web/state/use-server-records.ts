import type { ServerHistory } from "../../server/contract/history.ts";
import type { ServerSeries } from "../../server/contract/series.ts";
import { serverApiPath } from "../lib/server-path.ts";
import type { StripSelection } from "../lib/strip-selection.ts";
import { useDashboardClient } from "./dashboard-client-context.ts";
import { type Resource, useLoad } from "./use-resource.ts";

/** A chart is some hundred pixels wide. */
const SERIES_POINTS = 240;
const HISTORY_POINTS = 1_000;
/** The time that is shown moves by itself; this is for a selected one, and for the next attempt after an error. */
const REFRESH_MS = 600_000;

/** What was recorded of a server; each part has a function that loads it again. */
export interface ServerRecords {
  readonly history: [Resource<ServerHistory>, () => void];
  readonly series: [Resource<ServerSeries>, () => void];
}

/** History and series of a server within this time; the last ones stay until those of another time are loaded. */
export function useServerRecords(serverKey: string, { from, to }: StripSelection): ServerRecords {
  const client = useDashboardClient();
  const time = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
  const load = <T>(part: string, points: number) => {
    const path = `${serverApiPath(serverKey)}/${part}`;
    return [path, (signal: AbortSignal) => client.read<T>(`${path}?${time}&points=${points}`, signal)] as const;
  };
  return {
    history: useLoad(...load<ServerHistory>("history", HISTORY_POINTS), REFRESH_MS, time),
    series: useLoad(...load<ServerSeries>("series", SERIES_POINTS), REFRESH_MS, time),
  };
}
