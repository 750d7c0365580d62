import type { StatsColumn } from "./incident.ts";
import type { ServerKey } from "./server-key.ts";
import type { RuleMatch } from "./settings.ts";
import type { CONTRACT_VERSION } from "./status.ts";

/** The rule that a server is probed by. */
export interface MatchedRule {
  /** Its place in `probes:`, from 1. */
  readonly place: number;
  readonly match: RuleMatch;
}

/** What a server's object is made from. */
export interface ServerSources {
  readonly version: typeof CONTRACT_VERSION;
  readonly key: ServerKey;
  /** HAProxy's newest row of it, the columns with a value; empty where it is not kept. Other people's words. */
  readonly row: readonly StatsColumn[];
  /** Null: no rule matches, so haprobe chooses what to probe. */
  readonly rule: MatchedRule | null;
  /** Shell command that sends the probe by hand, with a place for its credentials; null where there is none. */
  readonly curl: string | null;
  /** The headers of the newest HTTP response to haprobe's probes, without secrets; null before one. Other people's words. */
  readonly response: { readonly at: string; readonly headers: readonly StatsColumn[] } | null;
}

/** Reads the sources of a server; null for an unknown one. */
export interface SourcesReader {
  sources(key: ServerKey): ServerSources | null;
}
