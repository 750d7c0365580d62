/** Parses a list of the configuration once instead of once per server; the result lives as long as the list. */
export function memoizeByList<Item, Parsed>(
  parse: (list: readonly Item[]) => Parsed,
): (list: readonly Item[]) => Parsed {
  const known = new WeakMap<readonly Item[], Parsed>();
  return (list) => {
    const before = known.get(list);
    if (before !== undefined) return before;
    const parsed = parse(list);
    known.set(list, parsed);
    return parsed;
  };
}
