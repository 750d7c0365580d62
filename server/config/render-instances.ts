import type { DiscoverySettings, InstanceSettings, StatsAddress, StatsTls } from "../contract/settings.ts";
import { redactStatsAddress } from "../contract/redacted-stats-address.ts";
import { formatDuration } from "./duration.ts";
import { REDACTED, SECRET_NAME } from "./secret-name.ts";

/** An entry of `haproxy:` in the words of the file, without secrets. */
export function instanceText(instance: InstanceSettings): unknown {
  return {
    name: instance.name,
    stats: addressText(instance.stats),
    ...entranceText(instance.stats),
    ...belongingText(instance),
  };
}

/** An entry with `discover`. */
export function discoveryText({ name, dns, port, template }: DiscoverySettings): unknown {
  const { stats } = template;
  const page = stats.kind === "page" ? stats : null;
  const scheme = page === null ? stats.kind : page.tls === null ? "http" : "https";
  const { login } = page ?? { login: null };
  return {
    name,
    discover: { dns, port, scheme, path: page?.path ?? null },
    username: login?.user ?? null,
    ...entranceText(stats),
    ...belongingText(template),
  };
}

/** With the user in it; a password that stood there, too, is redacted. */
function addressText(stats: StatsAddress): string {
  const text = redactStatsAddress(stats);
  if (stats.kind !== "page" || stats.login === null) return text;
  const { user, password } = stats.login;
  const secret = password.kind === "text" && password.text !== "" ? `:${REDACTED}` : "";
  return text.replace("://", `://${encodeURIComponent(user)}${secret}@`);
}

function entranceText(stats: StatsAddress): Readonly<Record<string, unknown>> {
  const tls = "tls" in stats && stats.tls !== null ? tlsText(stats.tls) : {};
  if (stats.kind !== "page") return tls;
  const password = stats.login?.password;
  const headers = Object.entries(stats.headers).map(([name, value]) => [
    name,
    SECRET_NAME.test(name) ? REDACTED : value,
  ]);
  return {
    "password-file": password?.kind === "file" ? password.path : null,
    headers: headers.length === 0 ? null : Object.fromEntries(headers),
    ...tls,
  };
}

function tlsText(tls: StatsTls): Readonly<Record<string, unknown>> {
  return {
    "ca-file": tls.caFile,
    "server-name": tls.serverName,
    "client-cert-file": tls.clientCertFile,
    "client-key-file": tls.clientKeyFile,
    "insecure-skip-verify": tls.verify ? null : true,
  };
}

function belongingText(instance: DiscoverySettings["template"] | InstanceSettings): Readonly<Record<string, unknown>> {
  return {
    every: formatDuration(instance.everyMs),
    site: instance.site,
    network: instance.network,
    labels: instance.labels,
    "address-map": instance.addressMap,
  };
}
