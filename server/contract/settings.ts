import type { InstanceName } from "./server-key.ts";
import type { BodyExpectation, Expected, StatusRange } from "./target.ts";

/** Where an instance answers. Further kinds of sources are further members. */
export type StatsAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** One line of an `address-map`: HAProxy's address of a server, and ours. First match wins. */
export interface AddressMapping {
  readonly from: string;
  readonly to: string;
}

/** One polled HAProxy, as configured. */
export interface InstanceSettings {
  readonly name: InstanceName;
  readonly stats: StatsAddress;
  /** The address as people write it, without secrets: for messages. */
  readonly statsText: string;
  readonly everyMs: number;
  readonly site: string;
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addressMap: readonly AddressMapping[];
}

/** Globs by what they are compared with; keys that are absent match everything. */
export interface RuleMatch {
  readonly instance?: readonly string[];
  readonly site?: readonly string[];
  readonly backend?: readonly string[];
  readonly server?: readonly string[];
  readonly address?: readonly string[];
  readonly port?: readonly string[];
  readonly mode?: readonly string[];
  readonly labels?: Readonly<Record<string, readonly string[]>>;
}

/** `http:` of a rule; null means: as the guess would say. */
export interface HttpRule {
  readonly scheme: "http" | "https" | null;
  readonly path: string | null;
  readonly port: number | null;
  readonly host: string | null;
  readonly serverName: string | null;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expectStatus: readonly StatusRange[];
  readonly expectBody: BodyExpectation;
  readonly caFile: string | null;
  readonly insecureSkipVerify: boolean;
  readonly bearerTokenFile: string | null;
}

/** One entry of `probes:`. Null: the default of the bounds, which may depend on the port. */
export interface RuleSettings {
  readonly match: RuleMatch;
  readonly skip: boolean;
  readonly http: HttpRule | null;
  /** CIDRs or addresses to which this rule's credentials may go. */
  readonly allow: readonly string[];
  readonly everyMs: number | null;
  readonly fastEveryMs: number;
  readonly timeoutMs: number;
  readonly rise: number;
  readonly fall: number;
  readonly graceMs: number | "auto";
  readonly startGraceMs: number;
  readonly drainGraceMs: number;
  readonly connection: "fresh" | "reuse" | "auto";
  readonly sameQuestion: boolean;
  readonly expected: Expected | null;
}

/** What a server is asked without a rule, and what a rule leaves open: every number is filled in. */
export interface RuleDefaults extends RuleSettings {
  readonly http: HttpRule;
  readonly everyMs: number;
  readonly graceMs: number;
  /** Kubernetes' API servers are asked more often. */
  readonly apiserver: { readonly port: number; readonly everyMs: number };
}

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFormat = "json" | "text";

/** The whole configuration, checked and with its defaults filled in. */
export interface Settings {
  readonly listen: { readonly host: string; readonly port: number };
  readonly publicUrl: string | null;
  readonly instances: readonly InstanceSettings[];
  readonly rules: readonly RuleSettings[];
  readonly metricsPerServer: "all" | "mismatches" | "none";
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}
