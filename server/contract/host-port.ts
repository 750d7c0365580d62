/** Writes `host:port`, an IPv6 address in brackets. */
export function formatHostPort(host: string, port: number): string {
  return `${bracketIpv6(host)}:${port}`;
}

/** The host as it stands in a URL: an IPv6 address in brackets. */
export function bracketIpv6(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
