type OnWidth = (width: number) => void;

const listeners = new WeakMap<Element, OnWidth>();
let observer: ResizeObserver | null = null;

/**
 * Calls `onWidth` with the width in CSS pixels once the element is laid out, before it is painted, and whenever it changes:
 * an element that reads its width itself forces a layout of its own. The returned function ends it.
 */
export function observeWidth(node: Element, onWidth: OnWidth): () => void {
  observer ??= new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) listeners.get(target)?.(contentRect.width);
  });
  const shared = observer;
  listeners.set(node, onWidth);
  shared.observe(node);
  return () => {
    shared.unobserve(node);
    listeners.delete(node);
  };
}
