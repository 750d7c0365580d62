import type { StatsAddress } from "../contract/settings.ts";
import { sendCliRequest } from "./cli-request.ts";
import { buildCommandLine } from "./runtime-api-commands.ts";
import { dialUnix } from "./dial.ts";
import type { StatsSource } from "./stats-source.ts";

/** The Runtime API over its UNIX socket; each request connects anew, since a reload replaces the file. */
export function createUnixSource({ path }: Extract<StatsAddress, { kind: "unix" }>): StatsSource {
  return {
    addressesFrom: "in-state",
    fetch: (request, limits) =>
      sendCliRequest({ dial: () => dialUnix(path), line: buildCommandLine(request), peer: path }, limits),
  };
}
