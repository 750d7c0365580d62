import type { ServerStatus } from "../../server/contract/status.ts";
import { toCells } from "../lib/kiosk.ts";
import { stripState } from "../lib/strip-history.ts";
import { layoutStripMarks } from "../lib/strip-marks.ts";
import "./backend-cells.css";

const [WIDTH, HEIGHT, GAP] = [8, 18, 4];

/** The present moment of each server's strip, side by side: HAProxy's lane above, haprobe's below. */
export function BackendCells({ members }: { members: readonly ServerStatus[] }) {
  const cells = toCells(members.map(stripState));
  return (
    <svg
      className="cells"
      viewBox={`0 0 ${cells.length * (WIDTH + GAP)} ${HEIGHT}`}
      preserveAspectRatio="xMinYMid meet"
      aria-hidden="true"
    >
      {cells.flatMap((state, i) =>
        layoutStripMarks([{ at: 0, ...state }], [], { width: WIDTH, height: HEIGHT, scale: 1, from: 0, to: 1 }).map(
          ({ shape, colourToken, x, y, width, height }) => (
            <rect
              key={`${i} ${shape} ${colourToken} ${y}`}
              x={i * (WIDTH + GAP) + x + (shape === "fill" ? 0 : 0.5)}
              y={y + (shape === "fill" ? 0 : 0.5)}
              width={shape === "fill" ? width : width - 1}
              height={shape === "fill" ? height : Math.max(0.5, height - 1)}
              fill={shape === "fill" ? `var(--${colourToken})` : "none"}
              stroke={shape === "fill" ? "none" : `var(--${colourToken})`}
              strokeDasharray={shape === "dots" ? "1 2" : undefined}
            />
          ),
        ),
      )}
    </svg>
  );
}
