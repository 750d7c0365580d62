const keysOfCanvas = new WeakMap<Element, readonly string[]>();

/** Notes which servers a strip's canvas shows. */
export function setStripKeys(canvas: Element, keys: readonly string[]): void {
  keysOfCanvas.set(canvas, keys);
}

/** Servers that a strip's canvas shows; null for any other element. */
export function stripKeysOf(canvas: Element): readonly string[] | null {
  return keysOfCanvas.get(canvas) ?? null;
}
