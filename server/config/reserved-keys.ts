/** Keys of later versions by the path of their mapping (`[]` is any entry of a list). They are refused by name, since they are neither typing errors nor working keys. */
const RESERVED_KEYS: ReadonlyMap<string, readonly string[]> = new Map([["", ["agent-check"]]]);

/** True for a key of a later version in the mapping at `place`. */
export function isReservedKey(place: string, key: string): boolean {
  return RESERVED_KEYS.get(place)?.includes(key) ?? false;
}
