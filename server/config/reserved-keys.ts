/** Keys that belong to later versions, by where they stand (`[]` is any entry of a list). They are refused by name, so that nobody takes them for a typing error or believes that they work. */
const RESERVED_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["", ["data-dir", "alerts", "auth", "retention", "agent-check"]],
]);

/** True for a key that a later version will know at this place. */
export function isReservedKey(place: string, key: string): boolean {
  return RESERVED_KEYS.get(place)?.includes(key) ?? false;
}
