import type { StatsAddress, StatsLogin, StatsPage, StatsTls } from "../contract/settings.ts";
import type { HaproxyDefaultsInput } from "./instance-schema.ts";
import type { ResolveKeyFile } from "./referenced-file.ts";

/** The keys of an entry, or of what all entries share, that say how to come in. */
type StatsAccess = Pick<
  HaproxyDefaultsInput,
  | "username"
  | "password-file"
  | "headers"
  | "ca-file"
  | "server-name"
  | "client-cert-file"
  | "client-key-file"
  | "insecure-skip-verify"
>;

/** The address with the keys that it has a use for; the others (a `ca-file` that all entries share, say) are left out. */
export function withStatsAccess<Address extends StatsAddress>(
  stats: Address,
  keys: StatsAccess,
  fileOf: ResolveKeyFile,
): Address {
  const withTls = "tls" in stats && stats.tls !== null ? { ...stats, tls: tlsOf(keys, fileOf) } : stats;
  if (withTls.kind !== "page") return withTls;
  return { ...withTls, headers: keys.headers ?? {}, login: loginOf(withTls, keys, fileOf) };
}

function tlsOf(keys: StatsAccess, fileOf: ResolveKeyFile): StatsTls {
  const file = (key: "ca-file" | "client-cert-file" | "client-key-file"): string | null => {
    const name = keys[key];
    return name === undefined ? null : fileOf(name, key);
  };
  return {
    serverName: keys["server-name"] ?? null,
    caFile: file("ca-file"),
    clientCertFile: file("client-cert-file"),
    clientKeyFile: file("client-key-file"),
    verify: keys["insecure-skip-verify"] !== true,
  };
}

/** The user of the URL comes first, the password of the file does. */
function loginOf(page: StatsPage, keys: StatsAccess, fileOf: ResolveKeyFile): StatsLogin | null {
  const user = page.login?.user ?? keys.username;
  if (user === undefined) return null;
  const name = keys["password-file"];
  if (name !== undefined && (page.login === null || isEmpty(page.login))) {
    return { user, password: { kind: "file", path: fileOf(name, "password-file") } };
  }
  return { user, password: page.login?.password ?? { kind: "text", text: "" } };
}

function isEmpty({ password }: StatsLogin): boolean {
  return password.kind === "text" && password.text === "";
}
