/** Remembers what was read from a list of the configuration, so that 100,000 servers do not parse it again each; forgets it with the list. */
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
