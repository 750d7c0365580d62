import type { StatsAddress } from "../contract/settings.ts";
import { sendCliRequest } from "./cli-request.ts";
import { buildCommandLine } from "./runtime-api-commands.ts";
import { dialUnix } from "./dial.ts";
import type { StatsSource } from "./stats-source.ts";

/** The Runtime API over its UNIX socket. A reload replaces the file, so each question opens it anew. */
export function createUnixSource({ path }: Extract<StatsAddress, { kind: "unix" }>): StatsSource {
  return {
    addressesFrom: "in-state",
    fetch: (question, limits) =>
      sendCliRequest({ dial: () => dialUnix(path), line: buildCommandLine(question), peer: path }, limits),
  };
}
