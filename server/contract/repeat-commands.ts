import { bracketIpv6, formatHostPort } from "./host-port.ts";
import { quoteForShell, runtimeApiName } from "./quote.ts";
import { SECRET_NAME } from "./redact-query.ts";
import type { StatsAddress } from "./settings.ts";
import type { Target } from "./target.ts";

/** The curl command for this URL, without verifying the certificate; null for another protocol, or a word that cannot be quoted safely. */
export function curlCommand(url: string, options: readonly string[] = []): string | null {
  if (!/^https?:\/\//.test(url)) return null;
  const words = [...options, url].map((word) => (/^-[-a-zA-Z]+$/.test(word) ? word : quoteForShell(word)));
  if (words.includes(null)) return null;
  // Without -g curl expands brackets and braces.
  return ["curl -sSig", ...(url.startsWith("https:") ? ["-k"] : []), ...words].join(" ");
}

/**
 * The curl command that repeats a probe of this target, which was sent to `url`, with its method, name and headers, but
 * without secrets; null where curl cannot.
 */
export function repeatProbeCommand({ probe, host, port, socketPath }: Target, url: string): string | null {
  if (probe.type !== "http") return null;
  const options: string[] = [];
  if (probe.method === "HEAD") options.push("--head");
  else if (probe.method !== "GET") options.push("--request", probe.method);
  const place = formatHostPort(host, port);
  const serverName = probe.scheme === "https" ? probe.tls.serverName : null;
  // SNI is the name in the URL, so that the connection is led to the address.
  const authority = serverName === null ? place : formatHostPort(serverName, port);
  if (socketPath !== null) options.push("--unix-socket", socketPath);
  else if (serverName !== null) options.push("--connect-to", `::${place}`);
  if (probe.hostHeader !== authority) options.push("--header", `Host: ${probe.hostHeader}`);
  for (const [name, value] of Object.entries(probe.headers)) {
    if (!SECRET_NAME.test(name)) options.push("--header", `${name}: ${value}`);
  }
  const path = /^[a-z+]+:\/\/[^/]*(.*)$/s.exec(url)?.[1] ?? "";
  const origin = socketPath === null ? authority : bracketIpv6(serverName ?? "localhost");
  return curlCommand(`${probe.scheme}://${origin}${path}`, options);
}

/**
 * The curl command that sends the probe of this target by hand: as `repeatProbeCommand`, with a place for the credentials,
 * which are a shell's variable, asked for, or files; null where curl cannot, or nothing is probed by HTTP.
 */
export function manualProbeCommand(target: Target): string | null {
  const { probe, credentials } = target;
  if (probe.type !== "http") return null;
  const command = repeatProbeCommand(target, `${probe.scheme}://${target.host}${probe.path}`);
  if (command === null || credentials === null || credentials.sendTo === "never") return command;
  const options = [command];
  if (credentials.bearerTokenFile !== null) options.push('--header "Authorization: Bearer $TOKEN"');
  if (credentials.basic !== null) {
    const user = quoteForShell(credentials.basic.username);
    if (user === null) return null;
    options.push(`--user ${user}`);
  }
  if (credentials.clientCertificate !== null) options.push("--cert client.pem --key client.key");
  return options.join(" ");
}

/** A quoted word that curl takes neither for an option nor for the name of a file to read. */
const CURL_WORD = String.raw`'(?![-@])(?:[^'\p{Cc}]|'\\'')*'`;
const CURL_COMMAND = new RegExp(
  `^curl -sSig(?: -k)?(?: --head| --request '[A-Z]+'| --(?:unix-socket|connect-to|header) ${CURL_WORD})* (?='https?://)${CURL_WORD}$`,
  "u",
);
const SOCAT_COMMAND = new RegExp(
  String.raw`^echo '(?:@1 )?show stat -1 4 -1' \| socat stdio '(?:unix-connect|abstract-connect|tcp|openssl):[^\s,!"'\\(){}]+(?:,verify=0)?' \| grep -E '\^\(#\|[\w.:-]+,[\w.:-]+,\)'$`,
);

/** Whether a command from elsewhere is one that `repeatProbeCommand` makes: it only sends a request, and reads and writes no file. */
export function isRepeatProbeCommand(text: string): boolean {
  return CURL_COMMAND.test(text);
}

/** Whether a command from elsewhere is one that `showRowCommand` makes: it only shows a row. */
export function isShowRowCommand(text: string): boolean {
  return SOCAT_COMMAND.test(text);
}

/** Characters that socat interprets in an address. */
const SOCAT_SYNTAX = /[\s,:!"'\\()[\]{}]/;

/** The socat command that shows HAProxy's row of a server, below the names of its columns; null where it cannot be quoted safely, and for a stats page. */
export function showRowCommand(stats: StatsAddress, backend: string, server: string): string | null {
  const address = socatAddress(stats);
  if (address === null || runtimeApiName(backend, server) === null) return null;
  const quoted = quoteForShell(address);
  const isMaster = stats.kind === "unix-master" || stats.kind === "tcp-master";
  const command = `${isMaster ? "@1 " : ""}show stat -1 4 -1`;
  return quoted === null ? null : `echo '${command}' | socat stdio ${quoted} | grep -E '^(#|${backend},${server},)'`;
}

function socatAddress(stats: StatsAddress): string | null {
  switch (stats.kind) {
    case "unix":
    case "unix-master":
      return SOCAT_SYNTAX.test(stats.path) ? null : `unix-connect:${stats.path}`;
    case "abns":
      return SOCAT_SYNTAX.test(stats.name) ? null : `abstract-connect:${stats.name}`;
    case "tcp":
    case "tcp-master":
      return socatRemote("tcp", stats.host, stats.port);
    case "tls":
      return stats.tls.clientCertFile === null ? socatRemote("openssl", stats.host, stats.port, ",verify=0") : null;
    case "page":
      return null;
  }
}

function socatRemote(kind: string, host: string, port: number, options = ""): string | null {
  return /^[\w.:-]+$/.test(host) ? `${kind}:${formatHostPort(host, port)}${options}` : null;
}
