/** True for a value of one form. */
export type Check = (value: unknown) => boolean;
/** The checks of an object's members, by their names; further members may be there. */
export type Shape = Readonly<Record<string, Check>>;

export const isText: Check = (value) => typeof value === "string";
export const isTextOrNull: Check = (value) => value === null || isText(value);
export const isCount: Check = (value) => Number.isFinite(value);
export const isObject: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** True for an object whose members have this shape. */
export function fits<S extends Shape>(
  value: unknown,
  shape: S,
): value is { readonly [K in keyof S | string]: unknown } {
  return (
    isObject(value) && Object.entries(shape).every(([key, check]) => check((value as Record<string, unknown>)[key]))
  );
}
