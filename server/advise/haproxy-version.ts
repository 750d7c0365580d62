/** Below 0 where the first version of HAProxy is the older one; suffixes such as `-dev5` and missing parts count as 0. */
export function compareVersions(left: string, right: string): number {
  const [first, second] = [readParts(left), readParts(right)];
  for (const [index, part] of first.entries()) {
    const difference = part - (second[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** True for a text such as `2.6` or `3.0.11`. */
export function isVersion(text: string): boolean {
  return /^\d{1,3}\.\d{1,3}(?:\.\d{1,3})?(?:-\w+)?$/.test(text);
}

function readParts(version: string): readonly number[] {
  const [, major = "0", minor = "0", patch = "0"] = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version) ?? [];
  return [Number(major), Number(minor), Number(patch)];
}
