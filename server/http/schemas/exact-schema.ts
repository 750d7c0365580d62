import type { z } from "zod";

/** The type without `readonly`, which zod does not infer. */
type Writable<T> = T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T;

/** Returns a schema of exactly the contract's type; a missing, additional or different field does not compile. */
export function exactSchema<Contract>() {
  return <Schema extends z.ZodType<Contract>>(
    schema: Schema & (Writable<Contract> extends z.output<Schema> ? unknown : { hasFieldsOutsideContract: never }),
  ): Schema => schema;
}
