import type { NoTargetReason } from "../contract/reason.ts";
import { serverKey } from "../contract/server-key.ts";
import type { InstanceSettings, RuleDefaults, RuleSettings } from "../contract/settings.ts";
import type { Assignment, Target } from "../contract/target.ts";
import type { ServerView } from "../contract/view.ts";
import { tcpAddress, mapAddress, type TargetAddress } from "./address-map.ts";
import { buildProbe, type ProbeInputs } from "./target-probe.ts";
import { decideCredentialsPolicy } from "./credentials-policy.ts";
import type { HostPort } from "./host-port.ts";
import { findForbiddenNetwork } from "./forbidden-network.ts";
import { type ProtocolEvidence, evidenceFromView, speaksHttp } from "./protocol-evidence.ts";
import { formatIp, parseIp } from "./ip.ts";
import { resolveJudgePolicy } from "./judge-policy.ts";
import { findMatchingRule } from "./rule-match.ts";
import { targetKey } from "./target-key.ts";

/** Decides what to probe for a server: by the first rule that matches, else by the guess for what plainly speaks HTTP. The result depends on the server's names, mode, address and `evidence` and on the configuration only. `ownListeners` are haprobe's own. */
export function assignTarget(
  view: ServerView,
  instance: InstanceSettings,
  rules: readonly RuleSettings[],
  defaults: RuleDefaults,
  evidence: ProtocolEvidence = evidenceFromView(view),
  ownListeners: readonly HostPort[] = [],
): Assignment {
  const matched = findMatchingRule(rules, view, instance);
  const rule = matched ?? defaults;
  const policy = resolveJudgePolicy(rule, defaults);
  const none = (reason: NoTargetReason): Assignment => ({ kind: "none", reason, policy });
  if (rule.skip) return none("skipped");

  const port = rule.probe?.port ?? serverPort(view);
  const address = resolveTargetAddress(view, instance, port);
  if (address === null) return none("no-address");
  const isGuess = matched === null;
  if (isGuess && !(speaksHttp(view, port, evidence) && findForbiddenNetwork(address, ownListeners) === null)) {
    return none("no-probe-rule");
  }

  const target = buildTarget({ view, instance, rule, defaults, address, port, evidence, isGuess, ownListeners });
  const otherPort = findOtherPort(view, port, address);
  return otherPort === null ? { kind: "target", target, policy } : { kind: "target", target, policy, otherPort };
}

/** The probed port where it is not that of the traffic; null where it is. A map to another host leads to the same port, by another way. */
function findOtherPort(view: ServerView, port: number, address: TargetAddress): number | null {
  const traffic = serverPort(view);
  if (traffic === 0) return null;
  const isSameHost = view.address.kind === "ip" && address.socketPath === null && address.host === view.address.host;
  const probed = isSameHost ? address.port : port;
  return probed === traffic ? null : probed;
}

/** The port of the server in HAProxy, before the address-map; 0 for none. */
function serverPort({ address }: ServerView): number {
  return address.kind === "ip" ? address.port : 0;
}

/** The address to connect to; null where nothing gives an address and a port. */
function resolveTargetAddress(view: ServerView, instance: InstanceSettings, port: number): TargetAddress | null {
  const ip = view.address.kind === "ip" ? parseIp(view.address.host) : null;
  const key = serverKey(instance.name, view.backend, view.server);
  const address =
    mapAddress(instance.addressMap, key, ip, port) ?? (ip === null ? null : tcpAddress(formatIp(ip), port));
  if (address === null || address.socketPath !== null) return address;
  if (address.port === 0) return null;
  // `server s 0.0.0.0:0` is the client's destination; a connection to it would reach this machine.
  return address.host === "0.0.0.0" || address.host === "::" ? null : address;
}

interface TargetInputs extends ProbeInputs {
  readonly instance: InstanceSettings;
  readonly ownListeners: readonly HostPort[];
}

function buildTarget(inputs: TargetInputs): Target {
  const { instance, rule, defaults, address, port, isGuess, ownListeners } = inputs;
  const probe = buildProbe(inputs);
  const defaultEveryMs = port === defaults.apiserver.port ? defaults.apiserver.everyMs : defaults.everyMs;
  const target: Omit<Target, "key"> = {
    network: instance.network,
    ...address,
    proxyProtocol: rule.probe?.proxyProtocol ?? null,
    probe,
    credentials: decideCredentialsPolicy(
      rule,
      address,
      probe.type === "http" && probe.scheme === "http" ? null : probe.tls,
      ownListeners,
    ),
    guessed: isGuess,
    everyMs: (isGuess ? null : rule.everyMs) ?? defaultEveryMs,
    fastEveryMs: rule.fastEveryMs,
    timeoutMs: rule.timeoutMs,
    connection: rule.connection,
  };
  return { key: targetKey(target), ...target };
}
