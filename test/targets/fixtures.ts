import type { HttpRule, InstanceSettings, RuleSettings } from "../../server/contract/settings.ts";
import type { CheckView, ServerView } from "../../server/contract/view.ts";
import { DEFAULT_HTTP, DEFAULT_RULE } from "../../server/config/defaults.ts";

const CHECK: CheckView = {
  status: "L4OK",
  running: false,
  code: null,
  text: "",
  durationMs: 0,
  health: 4,
  rise: 2,
  fall: 3,
};

/** A server of `mode tcp` that is UP by a check of the port; what a test is about comes by argument. */
export function serverView(
  parts: Partial<Omit<ServerView, "check">> & { check?: Partial<CheckView> } = {},
): ServerView {
  return {
    backend: "api",
    server: "s1",
    proxyId: 2,
    serverId: 1,
    mode: "tcp",
    status: "UP",
    state: "up",
    counting: null,
    byAgent: false,
    weight: 1,
    backup: false,
    agentStatus: null,
    tracked: null,
    address: { kind: "ip", host: "10.0.0.11", port: 8080 },
    fqdn: null,
    checkElsewhere: false,
    sessionsTotal: 0,
    sessionsCurrent: 0,
    bytesOut: 0,
    connectErrors: 0,
    responseErrors: 0,
    retries: 0,
    responses5xx: null,
    lastChangeSeconds: 1,
    ...parts,
    check: { ...CHECK, ...parts.check },
  };
}

/** An address of a server. */
export function ipAddress(host: string, port: number): ServerView["address"] {
  return { kind: "ip", host, port };
}

export function instanceSettings(parts: Partial<InstanceSettings> = {}): InstanceSettings {
  return {
    name: "lb-1",
    stats: { kind: "unix", path: "/run/haproxy/admin.sock" },
    statsText: "unix:/run/haproxy/admin.sock",
    everyMs: 1_000,
    site: "fra",
    network: "default",
    labels: { team: "platform" },
    addressMap: [],
    ...parts,
  };
}

/** A rule of the user: everything at its default but what the test is about. */
export function ruleSettings(
  parts: Partial<Omit<RuleSettings, "http">> & { http?: Partial<HttpRule> | null } = {},
): RuleSettings {
  const { apiserver: _, ...defaults } = DEFAULT_RULE;
  const http = parts.http === undefined || parts.http === null ? null : { ...DEFAULT_HTTP, ...parts.http };
  return { ...defaults, everyMs: null, ...parts, http };
}
