import type { PastFleet, PastServer } from "../contract/history.ts";
import { serverKey } from "../contract/server-key.ts";
import type { FleetEntry, StoredPosition, VantageVerdict } from "../contract/store.ts";
import type { GroupedSpans } from "../history/group-spans.ts";
import { recordedUntil, summarizePastFleet } from "../history/past-fleet.ts";
import { toPastServer } from "../history/past-server.ts";
import type { VantageRow } from "../judge/read-vantage-word.ts";
import { toHubRow } from "./server-row.ts";

/** What is known of the vantages beside what they recorded. */
export interface KnownVantages {
  /** As they are now: which of them stands beside a HAProxy is not recorded, and taken from here. */
  readonly positions: readonly StoredPosition[];
  /** The name of an instance on the pages. */
  readonly nameOf: (site: string, instance: string) => string;
}

/**
 * The fleet of a hub at `at`: what all vantages judged then, joined as the hub joins them now. `entries` and `spans` as of
 * `toPastFleet`; a vantage that recorded nothing then is silent since its last span.
 */
export function toPastHubFleet(
  entries: readonly FleetEntry[],
  spans: GroupedSpans,
  at: number,
  { positions, nameOf }: KnownVantages,
): PastFleet {
  const identityOf = ({ server: { site, instance, backend, server } }: FleetEntry): string =>
    JSON.stringify([site, instance, backend, server]);
  const servers = [...Map.groupBy(entries, identityOf).values()].flatMap((group): PastServer[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { site, backend, server } = first.server;
    const instance = nameOf(site, first.server.instance);
    const key = serverKey(instance, backend, server);
    const rows = group.map((entry) => toRow(entry, Math.max(0, recordedUntil(spans, entry, at)), positions));
    const row = toHubRow(key, instance, rows, null, at);
    const deciding = group.find(({ vantage }) => vantage === row?.probe.vantage) ?? first;
    if (row === null) return [];
    const { haproxy, probe, misrouted } = toPastServer(first.server, deciding);
    const { kind, stage } = row.probe;
    return [{ ...row, haproxy, misrouted, probe: { ...probe, kind, stage } }];
  });
  return summarizePastFleet(servers, at);
}

function toRow(entry: FleetEntry, heardAt: number, positions: readonly StoredPosition[]): VantageRow {
  const { server, at, beganAt, vantage, address, ...judgement } = entry;
  const named = positions.filter((position) => position.vantage === vantage);
  const known = named.find(({ site }) => site === server.site) ?? named[0];
  const by = { site: known?.site ?? server.site, vantage };
  const verdict: VantageVerdict = {
    type: "verdict-changed",
    by,
    seq: 0,
    at,
    server,
    address,
    judgement,
    beganAt,
    body: null,
    fault: null,
  };
  return { verdict, position: { ...NOT_KNOWN, ...known, ...by, heardAt, skewMs: 0 } };
}

/** Of a vantage that the hub does not know any more. */
const NOT_KNOWN = { logId: "", firstSeq: 1, lastSeq: 0, sentAt: 0, heardAgoMs: 0, status: null };
