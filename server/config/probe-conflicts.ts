import type { Path } from "./document.ts";
import { isMapping } from "./document.ts";
import { alternatives, isTrue } from "./scalars.ts";

/** Keys that are right each for itself and wrong together. */
export interface KeyConflict {
  readonly path: Path;
  /** Continues the path: `has no effect beside …`. */
  readonly message: string;
}

type Mapping = Readonly<Record<string, unknown>>;

const PROBE_TYPES = ["http", "tcp", "grpc"] as const;

/** What does not go together in how a rule asks, as it was written. */
export function findProbeConflicts(rule: Mapping, path: Path): KeyConflict[] {
  const ways = PROBE_TYPES.filter((way) => way in rule);
  const more = ways.slice(1).map((way) => {
    const message = `stands beside ${ways[0]}; expected one of ${alternatives(PROBE_TYPES)}`;
    return { path: [...path, way], message };
  });
  const within = ways.flatMap((way) => {
    const asking = rule[way];
    return isMapping(asking) ? probeTypeConflicts(way, asking, [...path, way]) : [];
  });
  return [...more, ...within, ...connectionReuseConflicts(rule, path)];
}

function probeTypeConflicts(way: (typeof PROBE_TYPES)[number], asking: Mapping, path: Path): KeyConflict[] {
  const shared = [...tlsConflicts(way, asking, path), ...pairConflicts(asking, path)];
  if (way === "http") return [...shared, ...httpConflicts(asking, path)];
  if (way !== "tcp" || !("send" in asking) || "expect" in asking) return shared;
  return [...shared, { path: [...path, "send"], message: "proves nothing alone; add what to expect" }];
}

const TLS_KEYS = ["ca-file", "insecure-skip-verify", "client-cert-file", "client-key-file"];

function tlsConflicts(way: (typeof PROBE_TYPES)[number], asking: Mapping, path: Path): KeyConflict[] {
  const found: KeyConflict[] = [];
  const plain = way === "http" ? asking.scheme === "http" : !isTrue(asking.tls);
  if (plain) {
    const message =
      way === "http" ? "has no effect with scheme: http; leave one of the two out" : "has no effect without tls: true";
    // With HTTP the name is for the Host header too, with gRPC for :authority.
    const keys = way === "tcp" ? [...TLS_KEYS, "server-name"] : TLS_KEYS;
    found.push(...keys.filter((key) => key in asking).map((key) => ({ path: [...path, key], message })));
  }
  if ("ca-file" in asking && isTrue(asking["insecure-skip-verify"])) {
    found.push({
      path: [...path, "insecure-skip-verify"],
      message: "takes back what ca-file asks for; leave one of the two out",
    });
  }
  return found;
}

const PAIRS = [
  ["client-cert-file", "client-key-file"],
  ["username", "password-file"],
] as const;

function pairConflicts(asking: Mapping, path: Path): KeyConflict[] {
  return PAIRS.flatMap(([one, other]) => {
    if (one in asking === other in asking) return [];
    const [here, missing] = one in asking ? [one, other] : [other, one];
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
  return found;
}

function connectionReuseConflicts(rule: Mapping, path: Path): KeyConflict[] {
  const way = "tcp" in rule ? "tcp" : "grpc" in rule ? "grpc" : null;
  if (way === null || rule.connection !== "reuse") return [];
  const message = `has no effect with ${way}, where each probe has its own; leave it out`;
  return [{ path: [...path, "connection"], message }];
}
