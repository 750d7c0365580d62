import type { StatsAddress, StatsLogin, StatsPage, StatsTls } from "../contract/settings.ts";
import type { HaproxyDefaultsInput } from "./instance-schema.ts";
import type { ResolveKeyFile } from "./referenced-file.ts";

/** The keys of an entry, or of `haproxy-defaults`, that say how to log in and to verify the server. */
export type StatsAccess = Pick<
  HaproxyDefaultsInput,
  | "username"
  | "passwordFile"
  | "headers"
  | "caFile"
  | "serverName"
  | "clientCertFile"
  | "clientKeyFile"
  | "insecureSkipVerify"
>;

/** The address with the keys that apply to its kind. The others, such as a shared `ca-file` beside a UNIX socket, are left out. */
export function withStatsAccess<Address extends StatsAddress>(
  stats: Address,
  keys: StatsAccess,
  fileOf: ResolveKeyFile,
): Address {
  const withTls = "tls" in stats && stats.tls !== null ? { ...stats, tls: buildTls(keys, fileOf) } : stats;
  if (withTls.kind !== "page") return withTls;
  return { ...withTls, headers: keys.headers ?? {}, login: buildLogin(withTls, keys, fileOf) };
}

/** The keys from which `withStatsAccess` builds the same address; the user and the password of a URL stay there. */
export function statsAccessOf(stats: StatsAddress): StatsAccess {
  const tls = "tls" in stats ? stats.tls : null;
  const page = stats.kind === "page" ? stats : null;
  const password = page?.login?.password;
  return {
    username: null,
    passwordFile: password?.kind === "file" ? password.path : null,
    headers: page === null || Object.keys(page.headers).length === 0 ? null : page.headers,
    caFile: tls?.caFile ?? null,
    serverName: tls?.serverName ?? null,
    clientCertFile: tls?.clientCertFile ?? null,
    clientKeyFile: tls?.clientKeyFile ?? null,
    insecureSkipVerify: tls?.verify === false ? true : null,
  };
}

function buildTls(keys: StatsAccess, fileOf: ResolveKeyFile): StatsTls {
  return {
    serverName: keys.serverName,
    caFile: fileOf(keys.caFile, "ca-file"),
    clientCertFile: fileOf(keys.clientCertFile, "client-cert-file"),
    clientKeyFile: fileOf(keys.clientKeyFile, "client-key-file"),
    verify: keys.insecureSkipVerify !== true,
  };
}

/** The user of the URL wins over `username`, `password-file` over an empty password in the URL. */
function buildLogin(page: StatsPage, keys: StatsAccess, fileOf: ResolveKeyFile): StatsLogin | null {
  const user = page.login?.user ?? keys.username;
  if (user === null) return null;
  const path = page.login === null || isEmpty(page.login) ? fileOf(keys.passwordFile, "password-file") : null;
  if (path !== null) return { user, password: { kind: "file", path } };
  return { user, password: page.login?.password ?? { kind: "text", text: "" } };
}

function isEmpty({ password }: StatsLogin): boolean {
  return password.kind === "text" && password.text === "";
}
