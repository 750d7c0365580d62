import type { KeyConflict } from "./probe-conflicts.ts";
import { isMapping, type Path } from "./document.ts";
import { isTrue } from "./scalars.ts";

const TLS_KEYS = ["ca-file", "server-name", "client-cert-file", "client-key-file", "insecure-skip-verify"];
const PAGE_KEYS = ["username", "password-file", "headers"];

type Mapping = Readonly<Record<string, unknown>>;

/** Finds keys of an entry of `haproxy:` that have no effect with its address, or that contradict each other. */
export function findInstanceConflicts(entry: Mapping, path: Path): KeyConflict[] {
  const scheme = schemeOf(entry);
  if (scheme === null) return [];
  const found: KeyConflict[] = isMapping(entry["discover"]) ? discoverConflicts(entry["discover"], scheme, path) : [];
  const report = (key: string, message: string): void => void found.push({ path: [...path, key], message });
  const isPage = scheme === "http" || scheme === "https";
  const ineffective = [
    ...(scheme === "tls" || scheme === "https" ? [] : TLS_KEYS),
    ...(isPage ? [] : PAGE_KEYS),
  ].filter((key) => key in entry);
  for (const key of ineffective) {
    const fits = PAGE_KEYS.includes(key) ? "http:// or https://" : "tls:// or https://";
    report(key, `has no effect with ${scheme}; expected ${fits}, or leave it out`);
  }
  if (ineffective.length > 0) return found;

  if ("ca-file" in entry && isTrue(entry["insecure-skip-verify"])) {
    report("insecure-skip-verify", "contradicts ca-file; leave one of the two out");
  }
  if ("client-key-file" in entry && !("client-cert-file" in entry)) {
    report("client-key-file", "has no effect without client-cert-file; expected both, or neither");
  }
  const { user, password } = userinfoOf(entry);
  if (user && "username" in entry) report("username", "is in the address too; keep one of the two");
  if (password && "password-file" in entry)
    report("password-file", "has a password in the address beside it; keep one of the two");
  if ("password-file" in entry && !user && !("username" in entry)) {
    report("password-file", "has no user; write username: beside it, or http://user@host");
  }
  if (hasAuthorization(entry["headers"]) && (user || "username" in entry)) {
    report("headers", "hold Authorization beside a user; keep one of the two");
  }
  return found;
}

function discoverConflicts(discover: Mapping, scheme: string, path: Path): KeyConflict[] {
  const found: KeyConflict[] = [];
  if ("path" in discover && !scheme.startsWith("http")) {
    found.push({ path: [...path, "discover", "path"], message: `has no effect with ${scheme}; expected scheme: http` });
  }
  const { dns } = discover;
  if (typeof dns === "string" && !dns.startsWith("_") && !("port" in discover)) {
    const message = "is missing; expected the port of the stats, since no SRV record says it";
    found.push({ path: [...path, "discover", "port"], message });
  }
  return found;
}

/** `unix`, `tcp`, `http`, …; null where it is wrong, which the schema reports. */
function schemeOf({ stats, discover }: Mapping): string | null {
  if (isMapping(discover)) {
    const { scheme = "tcp" } = discover;
    return typeof scheme === "string" ? scheme : null;
  }
  if (typeof stats !== "string") return null;
  return /^([a-z-]+):/.exec(stats)?.[1] ?? "unix";
}

function userinfoOf({ stats }: Mapping): { readonly user: boolean; readonly password: boolean } {
  const userinfo = typeof stats === "string" ? /^https?:\/\/([^/?#]*)@/.exec(stats)?.[1] : undefined;
  return { user: userinfo !== undefined, password: userinfo?.includes(":") ?? false };
}

function hasAuthorization(headers: unknown): boolean {
  return isMapping(headers) && Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
}
