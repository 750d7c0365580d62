import type { StatsAddress } from "../contract/settings.ts";
import { exchange } from "./cli-exchange.ts";
import { commandLine } from "./command-line.ts";
import { dialUnix } from "./dial.ts";
import type { StatsSource } from "./source.ts";

/** The Runtime API over its UNIX socket. A reload replaces the file, so each question opens it anew. */
export function unixSource({ path }: Extract<StatsAddress, { kind: "unix" }>): StatsSource {
  return {
    addresses: "in-state",
    ask: (question, limits) =>
      exchange({ dial: () => dialUnix(path), line: commandLine(question), where: path }, limits),
  };
}
