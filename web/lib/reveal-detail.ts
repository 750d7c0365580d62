/** Frames in which a virtual row is rendered, measured and moved; the position is stable long before. */
const FRAMES_MAX = 60;
const STABLE_FRAMES = 5;
const MARGIN_PX = 8;

/** A row and the detail under it; null while they are not rendered. */
export type DetailElements = { readonly row: Element; readonly detail: Element } | null;

/**
 * Scrolls the window until a row and its detail are in view, the row first where both do not fit. `find` is called in each
 * frame, because a virtual row is measured only after it is rendered. The returned function cancels it.
 */
export function revealDetail(find: () => DetailElements): () => void {
  let frame = 0;
  let stableFrames = 0;
  let request = 0;
  const step = (): void => {
    frame += 1;
    const elements = find();
    const distance = elements === null ? null : scrollDistance(elements);
    if (distance !== null && Math.abs(distance) >= 1) window.scrollBy(0, distance);
    stableFrames = distance !== null && Math.abs(distance) < 1 ? stableFrames + 1 : 0;
    if (frame < FRAMES_MAX && stableFrames < STABLE_FRAMES) request = requestAnimationFrame(step);
  };
  step();
  return () => cancelAnimationFrame(request);
}

function scrollDistance({ row, detail }: NonNullable<DetailElements>): number {
  const stickyHeight = Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
  const above = row.getBoundingClientRect().top - stickyHeight;
  const below = detail.getBoundingClientRect().bottom + MARGIN_PX - window.innerHeight;
  if (above < 0) return above;
  return below > 0 ? Math.min(above, below) : 0;
}
