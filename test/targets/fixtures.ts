import type { InstanceSettings, RuleSettings } from "../../server/contract/settings.ts";
import type { GrpcRule, HttpRule, TcpRule } from "../../server/contract/target.ts";
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
  failures: 0,
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
    agentText: "",
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
    responses2xx: null,
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

/** The keys of a rule, with those of its probe under the probe's type. */
type RuleParts = Partial<Omit<RuleSettings, "probe">> & {
  readonly http?: Partial<HttpRule>;
  readonly tcp?: Omit<TcpRule, "type">;
  readonly grpc?: Omit<GrpcRule, "type">;
};

/** A rule of the user with the default of every key that `parts` does not give. */
export function ruleSettings({ http, tcp, grpc, ...parts }: RuleParts = {}): RuleSettings {
  const { apiserver: _, ...defaults } = DEFAULT_RULE;
  const rule = { ...defaults, everyMs: null, ...parts };
  if (tcp !== undefined) return { ...rule, probe: { type: "tcp", ...tcp } };
  if (grpc !== undefined) return { ...rule, probe: { type: "grpc", ...grpc } };
  return { ...rule, probe: http === undefined ? null : { ...DEFAULT_HTTP, ...http } };
}
