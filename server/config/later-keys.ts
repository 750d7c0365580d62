/** Ways to reach a HAProxy over TLS or its stats page. */
const REMOTE = ["username", "password-file", "ca-file", "server-name", "client-cert-file", "client-key-file"];

/** Keys that belong to later versions, by where they stand (`[]` is any entry of a list). They are refused by name, so that nobody takes them for a typing error or believes that they work. */
const LATER_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["", ["data-dir", "alerts", "auth", "retention", "agent-check"]],
  ["haproxy-defaults", REMOTE],
  ["haproxy[]", REMOTE],
  ["probes[]", ["tcp", "grpc"]],
  ["probes[].http", ["client-cert-file", "client-key-file", "proxy-protocol", "username", "password-file"]],
]);

/** True for a key that a later version will know at this place. */
export function isLaterKey(place: string, key: string): boolean {
  return LATER_KEYS.get(place)?.includes(key) ?? false;
}
