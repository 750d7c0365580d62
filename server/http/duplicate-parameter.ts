/** Complains of the first parameter that is there twice, though it is not among `repeatable`; null where there is none. */
export function findDuplicateParameter(parameters: URLSearchParams, repeatable: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const name of parameters.keys()) {
    if (seen.has(name) && !repeatable.includes(name)) return `${name} is given twice.`;
    seen.add(name);
  }
  return null;
}
