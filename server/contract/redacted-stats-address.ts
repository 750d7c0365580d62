import { formatHostPort } from "./host-port.ts";
import { redactQuery } from "./redact-query.ts";
import type { StatsAddress } from "./settings.ts";

/** The address as people write it, without secrets: no user, no password, no value of a query that sounds like one. */
export function redactStatsAddress(stats: StatsAddress): string {
  switch (stats.kind) {
    case "unix":
      return `unix:${stats.path}`;
    case "abns":
      return `abns@${stats.name}`;
    case "unix-master":
      return `unix-master:${stats.path}`;
    case "tcp":
    case "tls":
    case "tcp-master":
      return `${stats.kind}://${formatHostPort(stats.host, stats.port)}`;
    case "page":
      return `${stats.tls === null ? "http" : "https"}://${formatHostPort(stats.host, stats.port)}${redactQuery(stats.path)}`;
    default:
      return stats satisfies never;
  }
}
