import type { NoTargetReason } from "../contract/reason.ts";
import { serverKey } from "../contract/server-key.ts";
import type { HttpRule, InstanceSettings, RuleDefaults, RuleSettings } from "../contract/settings.ts";
import type { Assignment, Target, TlsProfile } from "../contract/target.ts";
import type { ServerView } from "../contract/view.ts";
import { mapAddress } from "./address-map.ts";
import { credentialsFor } from "./credentials.ts";
import { guessedRequest, type Proof, proofOfCheck, speaksHttp } from "./guess.ts";
import { formatIp, parseIp } from "./ip.ts";
import { judgePolicy } from "./policy.ts";
import { requestName } from "./request-name.ts";
import { firstRule } from "./rule-match.ts";
import { targetKey } from "./target-key.ts";

const NO_TLS: TlsProfile = { serverName: null, caFile: null, verify: false };

/** Says what to probe for a server: by the first rule that fits, else by the guess for what plainly speaks HTTP. Depends on the server's names, mode, address and `proof` only, so the caller asks again when one of those, or the configuration, has changed. */
export function assign(
  view: ServerView,
  instance: InstanceSettings,
  rules: readonly RuleSettings[],
  defaults: RuleDefaults,
  proof: Proof = proofOfCheck(view.check),
): Assignment {
  const own = firstRule(rules, view, instance);
  const rule = own ?? defaults;
  const policy = judgePolicy(rule, defaults);
  const none = (reason: NoTargetReason): Assignment => ({ kind: "none", reason, policy });
  if (rule.skip) return none("skipped");

  const http = rule.http ?? defaults.http;
  // What HAProxy would call the door that we knock at; the map says where that is from here.
  const port = http.port ?? (view.address.kind === "ip" ? view.address.port : 0);
  const place = probedPlace(view, instance, port);
  if (place === null) return none("no-address");
  if (own === null && !speaksHttp(view, port, proof)) return none("no-probe-rule");

  const target = buildTarget({ view, instance, rule, http, defaults, place, port, proof, guessed: own === null });
  return { kind: "target", target, policy };
}

/** Where to connect to; null where nothing names an address and a port. */
function probedPlace(
  view: ServerView,
  instance: InstanceSettings,
  port: number,
): { readonly host: string; readonly port: number } | null {
  const ip = view.address.kind === "ip" ? parseIp(view.address.host) : null;
  const key = serverKey(instance.name, view.backend, view.server);
  const place = mapAddress(instance.addressMap, key, ip, port) ?? (ip === null ? null : { host: formatIp(ip), port });
  if (place === null || place.port === 0) return null;
  // `server s 0.0.0.0:0` means "wherever the client wanted to go": connecting to it would reach ourselves.
  return place.host === "0.0.0.0" || place.host === "::" ? null : place;
}

interface Parts {
  readonly view: ServerView;
  readonly instance: InstanceSettings;
  readonly rule: RuleSettings;
  readonly http: HttpRule;
  readonly defaults: RuleDefaults;
  readonly place: { readonly host: string; readonly port: number };
  readonly port: number;
  readonly proof: Proof;
  readonly guessed: boolean;
}

function buildTarget({ view, instance, rule, http, defaults, place, port, proof, guessed }: Parts): Target {
  const guess = guessedRequest(port, proof);
  const scheme = http.scheme ?? guess.scheme;
  const name = requestName(http, view.fqdn, scheme, place.host, place.port);
  // A guess carries no secret, so it records the certificate instead of judging it.
  const verify = !guessed && !http.insecureSkipVerify;
  const usual = port === defaults.apiserver.port ? defaults.apiserver.everyMs : defaults.everyMs;
  const target: Omit<Target, "key"> = {
    network: instance.network,
    host: place.host,
    port: place.port,
    probe: {
      type: "http",
      scheme,
      method: http.method,
      path: http.path ?? guess.path,
      hostHeader: name.hostHeader,
      headers: http.headers,
      expectStatus: http.expectStatus,
      expectBody: http.expectBody,
      tls: scheme === "http" ? NO_TLS : { serverName: name.serverName, caFile: http.caFile, verify },
    },
    credentials: credentialsFor(http, scheme, place.host, rule.allow),
    guessed,
    everyMs: (guessed ? null : rule.everyMs) ?? usual,
    fastEveryMs: rule.fastEveryMs,
    timeoutMs: rule.timeoutMs,
    connection: rule.connection,
  };
  return { key: targetKey(target), ...target };
}
