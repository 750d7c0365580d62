import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { selectionAfterKey, selectionOfDrag, type StripSelection } from "../lib/strip-selection.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { Strip } from "./strip.tsx";
import { TimeAxis } from "./time-axis.tsx";

interface StripBrushProps {
  readonly serverKey: string;
  /** What the strip shows. */
  readonly range: StripSelection;
  readonly selected: StripSelection | null;
  readonly onSelect: (selection: StripSelection | null) => void;
}

/** A large strip on which a drag, or the arrow keys, select the time that charts and changes show; Escape selects all. */
export function StripBrush({ serverKey, range, selected, onSelect }: StripBrushProps) {
  const area = useRef<HTMLDivElement>(null);
  const [dragStart, setDragStart] = useState<number | null>(null);
  const [dragEnd, setDragEnd] = useState<number | null>(null);
  const placeOf = (event: PointerEvent): number => {
    const box = area.current?.getBoundingClientRect();
    return box === undefined ? 0 : Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  const release = (event: PointerEvent): void => {
    if (dragStart === null) return;
    const width = area.current?.clientWidth ?? 0;
    onSelect(selectionOfDrag(dragStart, placeOf(event), width, range));
    setDragStart(null);
    setDragEnd(null);
  };
  const onKey = (event: KeyboardEvent): void => {
    const { key } = event;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      onSelect(selectionAfterKey(key, event.shiftKey, selected, range));
    } else if (key === "Escape" && selected !== null) onSelect(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const length = range.to - range.from;
  const [left, right] =
    dragStart !== null && dragEnd !== null
      ? [Math.min(dragStart, dragEnd), Math.max(dragStart, dragEnd)]
      : selected === null
        ? [0, 1]
        : [(selected.from - range.from) / length, (selected.to - range.from) / length];
  const text =
    selected === null
      ? "the whole time"
      : `${formatTimestamp(selected.from, range.to)} to ${formatTimestamp(selected.to, range.to)}`;
  return (
    <div className="brush">
      <div
        ref={area}
        className="brush-area"
        role="slider"
        aria-label="Time of charts and changes"
        aria-valuemin={Math.round(range.from / 1_000)}
        aria-valuemax={Math.round(range.to / 1_000)}
        aria-valuenow={Math.round((selected?.to ?? range.to) / 1_000)}
        aria-valuetext={text}
        tabIndex={0}
        onKeyDown={onKey}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDragStart(placeOf(event));
          setDragEnd(null);
        }}
        onPointerMove={(event) => dragStart !== null && setDragEnd(placeOf(event))}
        onPointerUp={release}
      >
        <Strip serverKeys={serverKey} subject={serverKey} height={44} />
        {(left > 0 || right < 1) && (
          <svg className="brush-cover" width="100%" height="44" aria-hidden="true">
            <rect className="brush-outside" x="0" width={`${left * 100}%`} height="44" />
            <rect className="brush-outside" x={`${right * 100}%`} width={`${(1 - right) * 100}%`} height="44" />
            <line className="brush-edge" x1={`${left * 100}%`} x2={`${left * 100}%`} y1="0" y2="44" />
            <line className="brush-edge" x1={`${right * 100}%`} x2={`${right * 100}%`} y1="0" y2="44" />
          </svg>
        )}
      </div>
      <TimeAxis isDisconnected={false} />
      {selected !== null && (
        <p className="brush-selected num">
          {text}
          <button type="button" className="text-button" onClick={() => onSelect(null)}>
            Whole time
          </button>
        </p>
      )}
    </div>
  );
}
