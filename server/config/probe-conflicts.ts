import type { ProbeRule } from "../contract/target.ts";
import { isMapping, type Path } from "./document.ts";
import { PROBE_TYPES } from "./probe-schema.ts";
import { alternatives, isTrue } from "./scalars.ts";

/** Keys that are valid alone and wrong together. */
export interface KeyConflict {
  readonly path: Path;
  /** Continues the path: `has no effect beside …`. */
  readonly message: string;
}

type Mapping = Readonly<Record<string, unknown>>;

/** Finds keys of a rule that contradict each other in how it probes, as they are written. */
export function findProbeConflicts(rule: Mapping, path: Path): KeyConflict[] {
  const types = PROBE_TYPES.filter((type) => type in rule);
  const further = types.slice(1).map((type) => {
    const message = `stands beside ${types[0]}; expected one of ${alternatives(PROBE_TYPES)}`;
    return { path: [...path, type], message };
  });
  const within = types.flatMap((type) => {
    const keys = rule[type];
    return isMapping(keys) ? probeTypeConflicts(type, keys, [...path, type]) : [];
  });
  return [...further, ...within, ...connectionReuseConflicts(rule, path)];
}

function probeTypeConflicts(type: ProbeRule["type"], keys: Mapping, path: Path): KeyConflict[] {
  const shared = [...tlsConflicts(type, keys, path), ...pairConflicts(keys, path)];
  if (type === "http") return [...shared, ...httpConflicts(keys, path)];
  if (type !== "tcp" || !("send" in keys) || "expect" in keys) return shared;
  return [...shared, { path: [...path, "send"], message: "proves nothing alone; add what to expect" }];
}

const TLS_KEYS = ["ca-file", "insecure-skip-verify", "client-cert-file", "client-key-file"];

function tlsConflicts(type: ProbeRule["type"], keys: Mapping, path: Path): KeyConflict[] {
  const found: KeyConflict[] = [];
  const plain = type === "http" ? keys.scheme === "http" : !isTrue(keys.tls) && !isMapping(keys.tls);
  if (plain) {
    const message =
      type === "http" ? "has no effect with scheme: http; leave one of the two out" : "has no effect without tls: true";
    // With HTTP the name is for the Host header too, with gRPC for :authority.
    const tlsKeys = { http: [...TLS_KEYS, "tls"], tcp: [...TLS_KEYS, "server-name"], grpc: TLS_KEYS }[type];
    found.push(...tlsKeys.filter((key) => key in keys).map((key) => ({ path: [...path, key], message })));
  }
  if ("ca-file" in keys && isTrue(keys["insecure-skip-verify"])) {
    found.push({
      path: [...path, "insecure-skip-verify"],
      message: "contradicts ca-file; leave one of the two out",
    });
  }
  if (isMapping(keys.tls) && /^1(\.[01])?$/.test(String(keys.tls["min-version"])) && !hasLowestLevel(keys.tls)) {
    const message = "has no effect without @SECLEVEL=0 in ciphers, such as DEFAULT@SECLEVEL=0";
    found.push({ path: [...path, "tls", "min-version"], message });
  }
  return found;
}

/** OpenSSL 3 offers TLS 1.0 and 1.1 at its lowest level of security only. */
function hasLowestLevel({ ciphers }: Mapping): boolean {
  return String(ciphers).includes("@SECLEVEL=0");
}

const PAIRS = [
  ["client-cert-file", "client-key-file"],
  ["username", "password-file"],
] as const;

function pairConflicts(keys: Mapping, path: Path): KeyConflict[] {
  return PAIRS.flatMap(([one, other]) => {
    if (one in keys === other in keys) return [];
    const [here, missing] = one in keys ? [one, other] : [other, one];
    return [{ path: [...path, here], message: `needs ${missing} beside it` }];
  });
}

function httpConflicts(http: Mapping, path: Path): KeyConflict[] {
  const found: KeyConflict[] = [];
  if ("bearer-token-file" in http && "username" in http) {
    const message = "cannot be sent beside bearer-token-file; leave one of the two out";
    found.push({ path: [...path, "username"], message });
  }
  if (http.method === "HEAD" && isMapping(http.expect) && "body" in http.expect) {
    found.push({ path: [...path, "expect", "body"], message: "cannot be seen with method: HEAD; expected GET" });
  }
  if (isMapping(http.expect) && [http.expect.status].flat().map(String).includes("101")) {
    if (String(http.version) === "2")
      found.push({ path: [...path, "version"], message: "cannot open a WebSocket (status 101); expected 1.1" });
    if ("method" in http && http.method !== "GET")
      found.push({ path: [...path, "method"], message: "cannot open a WebSocket (status 101); expected GET" });
  }
  return found;
}

function connectionReuseConflicts(rule: Mapping, path: Path): KeyConflict[] {
  const type = "tcp" in rule ? "tcp" : "grpc" in rule ? "grpc" : null;
  if (type === null || rule.connection !== "reuse") return [];
  const message = `has no effect with ${type}, where each probe has its own; leave it out`;
  return [{ path: [...path, "connection"], message }];
}
