import type { z } from "zod";

/** The type with every `readonly` taken off: what zod infers has none. */
type Writable<T> = T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T;

/**
 * Takes a schema of exactly the contract's type and gives it back. Where the contract has a field that the schema lacks,
 * or the schema one that the contract lacks, or their values differ, it does not compile.
 */
export function exactSchema<Contract>() {
  return <Schema extends z.ZodType<Contract>>(
    schema: Schema & (Writable<Contract> extends z.output<Schema> ? unknown : { hasFieldsOutsideContract: never }),
  ): Schema => schema;
}
