import { BOUNDS } from "../bounds.ts";
import type { HttpRule, RuleDefaults, StatsTls } from "../contract/settings.ts";

/** Where haprobe listens when nothing is said: this machine only. */
export const DEFAULT_LISTEN = "127.0.0.1:8405";

/** TLS where nothing else is said: the system's authorities vouch for the host that is named. */
export const DEFAULT_TLS: StatsTls = {
  serverName: null,
  caFile: null,
  clientCertFile: null,
  clientKeyFile: null,
  verify: true,
};

/** A request where the rule leaves everything open. */
export const DEFAULT_HTTP: HttpRule = {
  scheme: null,
  path: null,
  port: null,
  host: null,
  serverName: null,
  method: "GET",
  headers: {},
  expectStatus: [{ from: 200, to: 299 }],
  expectBody: { kind: "any" },
  caFile: null,
  insecureSkipVerify: false,
  clientCertFile: null,
  clientKeyFile: null,
  proxyProtocol: null,
  bearerTokenFile: null,
  username: null,
  passwordFile: null,
};

/** What a server is asked, and how patiently it is judged, without a rule of the user. */
export const DEFAULT_RULE: RuleDefaults = {
  match: {},
  skip: false,
  http: DEFAULT_HTTP,
  tcp: null,
  grpc: null,
  allow: [],
  everyMs: BOUNDS.probeEveryMs,
  fastEveryMs: BOUNDS.probeFastEveryMs,
  timeoutMs: BOUNDS.probeTimeoutMs,
  rise: BOUNDS.rise,
  fall: BOUNDS.fall,
  graceMs: BOUNDS.graceMs,
  startGraceMs: BOUNDS.startGraceMs,
  drainGraceMs: BOUNDS.drainGraceMs,
  connection: "auto",
  sameQuestion: false,
  expected: null,
  apiserver: { port: BOUNDS.apiserverPort, everyMs: BOUNDS.probeEveryApiserverMs },
};
