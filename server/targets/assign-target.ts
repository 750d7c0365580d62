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
import { type ProtocolEvidence, evidenceFromCheck, speaksHttp } from "./protocol-evidence.ts";
import { formatIp, parseIp } from "./ip.ts";
import { resolveJudgePolicy } from "./judge-policy.ts";
import { findMatchingRule } from "./rule-match.ts";
import { targetKey } from "./target-key.ts";

/** Says what to probe for a server: by the first rule that fits, else by the guess for what plainly speaks HTTP. Depends on the server's names, mode, address and `proof` only, so the caller asks again when one of those, or the configuration, has changed. `own`: where haprobe itself listens. */
export function assignTarget(
  view: ServerView,
  instance: InstanceSettings,
  rules: readonly RuleSettings[],
  defaults: RuleDefaults,
  proof: ProtocolEvidence = evidenceFromCheck(view.check),
  own: readonly HostPort[] = [],
): Assignment {
  const matched = findMatchingRule(rules, view, instance);
  const rule = matched ?? defaults;
  const policy = resolveJudgePolicy(rule, defaults);
  const none = (reason: NoTargetReason): Assignment => ({ kind: "none", reason, policy });
  if (rule.skip) return none("skipped");

  const port = rule.probe?.port ?? serverPort(view);
  const place = resolveTargetAddress(view, instance, port);
  if (place === null) return none("no-address");
  if (matched === null && !(speaksHttp(view, port, proof) && findForbiddenNetwork(place, own) === null)) {
    return none("no-probe-rule");
  }

  const guessed = matched === null;
  const target = buildTarget({
    view,
    instance,
    rule,
    defaults,
    address: place,
    port,
    evidence: proof,
    isGuess: guessed,
    ownListeners: own,
  });
  return { kind: "target", target, policy };
}

/** What HAProxy would call the door that we knock at, where no rule says otherwise; the map says where that is from here. */
function serverPort({ address }: ServerView): number {
  return address.kind === "ip" ? address.port : 0;
}

/** Where to connect to; null where nothing names an address and a port. */
function resolveTargetAddress(view: ServerView, instance: InstanceSettings, port: number): TargetAddress | null {
  const ip = view.address.kind === "ip" ? parseIp(view.address.host) : null;
  const key = serverKey(instance.name, view.backend, view.server);
  const place = mapAddress(instance.addressMap, key, ip, port) ?? (ip === null ? null : tcpAddress(formatIp(ip), port));
  if (place === null || place.socketPath !== null) return place;
  if (place.port === 0) return null;
  // `server s 0.0.0.0:0` means "wherever the client wanted to go": connecting to it would reach ourselves.
  return place.host === "0.0.0.0" || place.host === "::" ? null : place;
}

interface TargetInputs extends ProbeInputs {
  readonly instance: InstanceSettings;
  readonly ownListeners: readonly HostPort[];
}

function buildTarget(parts: TargetInputs): Target {
  const { instance, rule, defaults, address: place, port, isGuess: guessed, ownListeners: own } = parts;
  const probe = buildProbe(parts);
  const usual = port === defaults.apiserver.port ? defaults.apiserver.everyMs : defaults.everyMs;
  const target: Omit<Target, "key"> = {
    network: instance.network,
    ...place,
    proxyProtocol: rule.probe?.proxyProtocol ?? null,
    probe,
    credentials: decideCredentialsPolicy(
      rule,
      place,
      probe.type === "http" && probe.scheme === "http" ? null : probe.tls,
      own,
    ),
    guessed,
    everyMs: (guessed ? null : rule.everyMs) ?? usual,
    fastEveryMs: rule.fastEveryMs,
    timeoutMs: rule.timeoutMs,
    connection: rule.connection,
  };
  return { key: targetKey(target), ...target };
}
