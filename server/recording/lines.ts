/** Lines of a recording; those of many rows are made while they are read. */
export type Lines = Iterable<string>;

/** Lines that are made one by one. */
export function* generate(lines: readonly (() => string | Lines)[]): Generator<string, void, void> {
  for (const line of lines) {
    const made = line();
    if (typeof made === "string") yield made;
    else yield* made;
  }
}
