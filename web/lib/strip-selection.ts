/** A part of the time that a strip shows; milliseconds of haprobe's clock. */
export interface StripSelection {
  readonly from: number;
  readonly to: number;
}

/** A shorter drag is a click. */
const DRAG_MIN_PX = 4;
/** The least part of the range that can be selected. */
const PART_MIN = 1 / 100;
const KEY_PART = 1 / 20;

/** The part between two places of a strip, 0 to 1 from its left edge; null for a click. */
export function selectionOfDrag(
  start: number,
  end: number,
  widthPx: number,
  { from, to }: StripSelection,
): StripSelection | null {
  if (Math.abs(end - start) * widthPx < DRAG_MIN_PX) return null;
  const [left, right] = [Math.max(0, Math.min(start, end)), Math.min(1, Math.max(start, end))];
  const middle = (left + right) / 2;
  const half = Math.max(right - left, PART_MIN) / 2;
  return { from: from + (middle - half) * (to - from), to: from + (middle + half) * (to - from) };
}

/** The selection after a key: arrows move it, with `isResizing` they move its end; without one they select the last fifth. */
export function selectionAfterKey(
  key: "ArrowLeft" | "ArrowRight",
  isResizing: boolean,
  selected: StripSelection | null,
  range: StripSelection,
): StripSelection {
  const length = range.to - range.from;
  if (selected === null) return { from: range.to - length / 5, to: range.to };
  const by = (key === "ArrowLeft" ? -1 : 1) * KEY_PART * length;
  if (isResizing) {
    return {
      from: selected.from,
      to: Math.min(range.to, Math.max(selected.from + PART_MIN * length, selected.to + by)),
    };
  }
  const shift = Math.max(range.from - selected.from, Math.min(range.to - selected.to, by));
  return { from: selected.from + shift, to: selected.to + shift };
}
