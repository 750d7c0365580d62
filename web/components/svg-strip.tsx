import { layoutReloadMarks, layoutStripMarks } from "../lib/strip-marks.ts";
import type { StripRun } from "../lib/strip-history.ts";

interface SvgStripProps {
  readonly runs: readonly StripRun[];
  readonly from: number;
  readonly to: number;
  readonly height: number;
  /** What it shows, for screen readers. */
  readonly label: string;
  readonly columns?: number;
  /** When HAProxy was started or reloaded. */
  readonly reloads?: readonly number[];
}

/** A strip of a fixed time as one drawing that scales with its box: HAProxy's lane above, haprobe's below. */
export function SvgStrip({ runs, from, to, height, label, columns = 800, reloads = [] }: SvgStripProps) {
  const viewport = { width: columns, height, scale: 1, from, to };
  const marks = [...layoutStripMarks(runs, [], viewport), ...layoutReloadMarks(reloads, viewport)];
  return (
    <svg
      className="svg-strip"
      viewBox={`0 0 ${columns} ${height}`}
      preserveAspectRatio="none"
      width="100%"
      height={height}
      shapeRendering="crispEdges"
      role="img"
      aria-label={label}
    >
      {marks.map(({ shape, colourToken, x, y, width, height: markHeight }) => {
        const key = `${shape} ${colourToken} ${x} ${y}`;
        const colour = `var(--${colourToken})`;
        if (shape === "fill") return <rect key={key} x={x} y={y} width={width} height={markHeight} fill={colour} />;
        if (shape === "outline") {
          return (
            <rect
              key={key}
              x={x}
              y={y + 0.5}
              width={width}
              height={Math.max(0, markHeight - 1)}
              fill="none"
              stroke={colour}
              vectorEffect="non-scaling-stroke"
            />
          );
        }
        const middle = y + markHeight / 2;
        return (
          <line
            key={key}
            x1={x}
            x2={x + width}
            y1={middle}
            y2={middle}
            stroke={colour}
            strokeWidth={markHeight}
            strokeDasharray={`${markHeight} ${Math.max(2, markHeight)}`}
            vectorEffect="non-scaling-stroke"
          />
        );
      })}
    </svg>
  );
}
