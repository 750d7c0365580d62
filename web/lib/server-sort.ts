import type { ServerStatus } from "../../server/contract/status.ts";
import { changedAt, haproxySideText, probeSideText } from "./server-text.ts";
import type { SortOrder } from "./sort-order.ts";

/** Columns of the servers that can be sorted. */
export const SERVER_COLUMNS = [
  "verdict",
  "server",
  "haproxy",
  "probe",
  "since",
  "sessions",
  "check",
  "address",
  "changed",
] as const;
export type ServerColumn = (typeof SERVER_COLUMNS)[number];
export type ServerSort = SortOrder<ServerColumn>;

/** Columns that begin with the first text of the alphabet. */
export const TEXT_COLUMNS: readonly ServerColumn[] = ["server", "haproxy", "probe", "check", "address"];

/** Worst first. */
export const DEFAULT_SERVER_SORT: ServerSort = { column: "verdict", isDescending: true };

const collator = new Intl.Collator("en", { numeric: true });

/** Compares two servers in this order, those without a value last either way; `rankOf` is 0 for the worst verdict. */
export function compareServers(
  { column, isDescending }: ServerSort,
  rankOf: (server: ServerStatus) => number,
): (a: ServerStatus, b: ServerStatus) => number {
  const sign = isDescending ? -1 : 1;
  if (column === "verdict") return (a, b) => sign * (rankOf(b) - rankOf(a));
  return (a, b) => {
    const [left, right] = [valueOf(a, column), valueOf(b, column)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === "number" && typeof right === "number") return sign * (left - right);
    return sign * collator.compare(String(left), String(right));
  };
}

function valueOf(server: ServerStatus, column: Exclude<ServerColumn, "verdict">): string | number | null {
  switch (column) {
    case "server":
      return server.server;
    case "haproxy": {
      const { primary, secondary } = haproxySideText(server.haproxy);
      return `${primary} ${secondary}`;
    }
    case "probe": {
      const { primary, failing, secondary } = probeSideText(server.probe);
      return `${primary} ${failing} ${secondary}`;
    }
    case "since":
      // The column shows how long: the oldest has the largest value.
      return -Date.parse(server.since);
    case "sessions":
      return server.haproxy.sessionsCurrent;
    case "check":
      return server.quality;
    case "address":
      return server.address;
    case "changed":
      // As for `since`.
      return server.haproxy.changedSecondsAgo === null ? null : -changedAt(server.haproxy);
  }
}
