import { findAuthConflicts, findListenConflicts } from "./listen-conflicts.ts";
import { findAlertConflicts } from "./alert-conflicts.ts";
import { parseMapFrom, parseMapTo } from "../targets/address-map.ts";
import { isMapping, type Path } from "./document.ts";
import { findProbeConflicts, type KeyConflict } from "./probe-conflicts.ts";
import { parseDuration } from "./duration.ts";
import { findInstanceConflicts } from "./instance-conflicts.ts";
import { pathText } from "./issues.ts";
import { isTrue } from "./scalars.ts";

type Mapping = Readonly<Record<string, unknown>>;

/** Finds keys that contradict each other. It reads the values as they are written, so that an invalid value elsewhere hides no conflict. */
export function findConflicts(value: unknown): KeyConflict[] {
  if (!isMapping(value)) return [];
  const instances = entries(value.haproxy);
  return [
    ...databaseConflicts(value),
    ...findListenConflicts(value),
    ...hubConflicts(value),
    ...findAuthConflicts(value),
    ...duplicateNames(instances, ["haproxy"]),
    ...(isMapping(value.auth) ? tokenConflicts(entries(value.auth.tokens)) : []),
    ...instances.flatMap(([index, instance]) => [
      ...findInstanceConflicts(instance, ["haproxy", index]),
      ...addressMapConflicts(instance, ["haproxy", index, "address-map"]),
    ]),
    ...findAlertConflicts(value.alerts),
    ...activeWhenConflicts(value),
    ...(isMapping(value.alerts)
      ? ["channels", "routes", "silences"].flatMap((list) =>
          duplicateNames(entries(alertList(value.alerts, list)), ["alerts", list]),
        )
      : []),
    ...entries(value.probes).flatMap(([index, rule]) => ruleConflicts(rule, ["probes", index])),
  ];
}

function alertList(alerts: unknown, list: string): unknown {
  return isMapping(alerts) ? alerts[list] : undefined;
}

function databaseConflicts(top: Mapping): KeyConflict[] {
  if (!("database" in top) || !("database-file" in top)) return [];
  return [{ path: ["database-file"], message: "is there beside database; keep one of the two" }];
}

/** Over a common database each message is sent once, by whichever haprobe takes it: a passive one would end it. */
function activeWhenConflicts(top: Mapping): KeyConflict[] {
  const isActiveWhen = isMapping(top.alerts) && "active-when" in top.alerts;
  if (!isActiveWhen || !("database" in top || "database-file" in top)) return [];
  const message = "is for haprobes without a common database, over which each message is sent once; leave it out";
  return [{ path: ["alerts", "active-when"], message }];
}

function hubConflicts(top: Mapping): KeyConflict[] {
  if ("hub" in top && !("hub-token-file" in top)) {
    return [{ path: ["hub"], message: "needs hub-token-file, the token that the hub has for this vantage" }];
  }
  if ("hub" in top) {
    const isHub = ["database", "database-file"].filter((key) => key in top);
    const rest = isHub.map((key) => ({
      path: [key],
      message: "makes this haprobe a hub, which forwards to none; keep hub or it",
    }));
    const isKept = top["data-dir"] !== "none";
    return isKept
      ? rest
      : [...rest, { path: ["hub"], message: "needs a data-dir, which keeps what waits for the hub" }];
  }
  const alone = ["hub-token-file", "hub-ca-file"].filter((key) => key in top && !("hub" in top));
  return alone.map((key) => ({ path: [key], message: "is for a hub, and there is no hub" }));
}

/** A token that appends events names the one vantage whose events they are. */
function vantageConflicts(token: Mapping, path: Path): KeyConflict[] {
  const ingests = Array.isArray(token.scopes) && token.scopes.includes("ingest");
  if (ingests && !("vantage" in token)) {
    return [{ path: [...path, "scopes"], message: "has ingest; expected the key vantage, whose events it appends" }];
  }
  const alone = ingests ? [] : ["vantage", "site"].filter((key) => key in token);
  return alone.map((key) => ({ path: [...path, key], message: "is for the scope ingest, which this token has not" }));
}

function duplicateNames(named: readonly (readonly [number, Mapping])[], list: Path): KeyConflict[] {
  const first = new Map<unknown, number>();
  return named.flatMap(([index, { name }]) => {
    if (typeof name !== "string") return [];
    const before = first.get(name);
    if (before === undefined) first.set(name, index);
    return before === undefined
      ? []
      : [
          {
            path: [...list, index, "name"],
            message: `is the name of ${pathText([...list, before])} too; expected a name of its own`,
          },
        ];
  });
}

function tokenConflicts(tokens: readonly (readonly [number, Mapping])[]): KeyConflict[] {
  const list = ["auth", "tokens"];
  return [
    ...duplicateNames(tokens, list),
    ...tokens.flatMap(([index, token]) => [
      ...eitherOf(token, "role", "scopes", [...list, index]),
      ...eitherOf(token, "token-file", "token-hash", [...list, index]),
      ...vantageConflicts(token, [...list, index]),
    ]),
  ];
}

/** Of two keys exactly one has to be there. */
function eitherOf(value: Mapping, one: string, other: string, path: Path): KeyConflict[] {
  if (one in value && other in value) return [{ path: [...path, other], message: `is there beside ${one}; keep one` }];
  if (one in value || other in value) return [];
  return [{ path, message: `has neither ${one} nor ${other}; expected one of them` }];
}

function addressMapConflicts(instance: Mapping, path: Path): KeyConflict[] {
  return entries(instance["address-map"]).flatMap(([index, { from, to }]) => {
    const left = typeof from === "string" ? parseMapFrom(from) : null;
    const right = typeof to === "string" ? parseMapTo(to) : null;
    if (left?.kind === "server") {
      // The names of instances from DNS begin with the name of the entry.
      const prefix = `${String(instance.name)}${"discover" in instance ? "-" : "/"}`;
      if (typeof instance.name === "string" && !String(from).startsWith(prefix)) {
        const message = `names another instance than this one; expected it to begin with ${prefix}`;
        return [{ path: [...path, index, "from"], message }];
      }
    }
    if (left === null || right?.kind !== "network") return [];
    const fits =
      left.kind === "network" &&
      left.network.prefix === right.network.prefix &&
      left.network.base.bits === right.network.base.bits;
    return fits
      ? []
      : [{ path: [...path, index, "to"], message: "is a network; expected from to be one of the same size" }];
  });
}

function ruleConflicts(rule: Mapping, path: Path): KeyConflict[] {
  if (isTrue(rule.skip)) {
    return Object.keys(rule)
      .filter((key) => key !== "match" && key !== "skip")
      .map((key) => ({ path: [...path, key], message: "has no effect beside skip: true; leave one of the two out" }));
  }
  const found = findProbeConflicts(rule, path);
  const every = milliseconds(rule.every);
  const fast = milliseconds(rule["fast-every"]);
  if (every !== null && fast !== null && fast > every) {
    found.push({ path: [...path, "fast-every"], message: "is longer than every; expected at most as long" });
  }
  return found;
}

function entries(list: unknown): (readonly [number, Mapping])[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown, index) => (isMapping(item) ? [[index, item] as const] : []));
}

function milliseconds(value: unknown): number | null {
  return typeof value === "string" ? parseDuration(value) : null;
}
