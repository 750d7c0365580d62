import type { CSSProperties } from "react";
import { axisTicks } from "../lib/strip-marks.ts";
import { niceTickMs, niceValues } from "../lib/nice-ticks.ts";
import { formatShortThousands } from "../lib/quantity-format.ts";
import { formatTimeOfDay, zoneOffset } from "../lib/time-format.ts";
import "./area-chart.css";

/** A count that grows over time. */
export interface AreaPoint {
  readonly at: number;
  readonly value: number;
}

interface AreaChartProps {
  readonly points: readonly AreaPoint[];
  readonly from: number;
  readonly to: number;
  readonly label: string;
  /** A vertical line with its text, such as an acknowledgement. */
  readonly marks: readonly { readonly at: number; readonly text: string }[];
}

const [WIDTH, HEIGHT] = [600, 120];
/** A time nearer than this to an end of the axis would be cut there. */
const TIME_PART = 0.03;

/** A count over time as a filled line, with round values and clock times. */
export function AreaChart({ points, from, to, label, marks }: AreaChartProps) {
  const values = niceValues(Math.max(1, ...points.map(({ value }) => value)));
  const top = values.at(-1) ?? 1;
  const x = (at: number): number => ((at - from) / (to - from)) * WIDTH;
  const y = (value: number): number => HEIGHT - (value / top) * HEIGHT;
  const line = points.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const tickMs = niceTickMs(to - from);
  const ticks = axisTicks(from, to, tickMs, zoneOffset(to)).filter(
    (at) => x(at) > TIME_PART * WIDTH && x(at) < (1 - TIME_PART) * WIDTH,
  );
  const [first, last] = [points[0], points.at(-1)];
  return (
    <div className="area-chart">
      <div className="area-values num" aria-hidden="true">
        {values.toReversed().map((value) => (
          <span key={value}>{formatShortThousands(value)}</span>
        ))}
      </div>
      <div className="area-plot">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
          {values.map((value) => (
            <line key={value} className="area-grid" x1="0" x2={WIDTH} y1={y(value)} y2={y(value)} />
          ))}
          {first !== undefined && last !== undefined && (
            <>
              <polygon className="area-fill" points={`${x(first.at)},${HEIGHT} ${line} ${x(last.at)},${HEIGHT}`} />
              <polyline className="area-line" points={line} />
            </>
          )}
          {marks.map(({ at }) => (
            <line key={at} className="area-mark" x1={x(at)} x2={x(at)} y1="0" y2={HEIGHT} />
          ))}
        </svg>
        {marks.map(({ at, text }) => (
          <AtTime key={at} place={x(at) / WIDTH} className="area-mark-text">
            {text}
          </AtTime>
        ))}
      </div>
      <div className="area-times num" aria-hidden="true">
        {ticks.map((at) => (
          <AtTime key={at} place={x(at) / WIDTH} className="area-time">
            {formatTimeOfDay(at).slice(0, tickMs < 60_000 ? 8 : 5)}
          </AtTime>
        ))}
      </div>
    </div>
  );
}

function AtTime({ place, className, children }: { place: number; className: string; children: string }) {
  return (
    <span className={className} style={{ "--place": `${place * 100}%` } as CSSProperties}>
      {children}
    </span>
  );
}
