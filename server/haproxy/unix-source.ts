import { connect } from "node:net";
import type { StatsAddress } from "../contract/settings.ts";
import { exchange } from "./cli-exchange.ts";
import { commandLine } from "./command-line.ts";
import type { StatsSource } from "./source.ts";

/** The Runtime API over its UNIX socket. A reload replaces the file, so each question opens it anew. */
export function unixSource(address: Extract<StatsAddress, { kind: "unix" }>): StatsSource {
  return {
    ask: (question, limits) =>
      exchange(() => connect({ path: address.path }), commandLine(question), address.path, limits),
  };
}
