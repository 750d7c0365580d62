import { useComputedColorScheme } from "@mantine/core";
import {
  BarController,
  BarElement,
  Chart,
  type ChartDataset,
  LinearScale,
  LineController,
  LineElement,
  type Plugin,
  PointElement,
  Tooltip,
} from "chart.js";
import { useEffect, useRef } from "react";
import type { ChartPoint, ShadedTime } from "../lib/chart-data.ts";
import { axisTicks } from "../lib/strip-marks.ts";
import { type ThemeColours, themeColours } from "../lib/theme-colours.ts";
import { formatTick, formatTimestamp, zoneOffset } from "../lib/time-format.ts";

Chart.register(BarController, BarElement, LineController, LineElement, PointElement, LinearScale, Tooltip);

/** A data set with the colours of the theme. */
export type ChartSets = (colours: ThemeColours) => readonly ChartDataset<"line" | "bar", ChartPoint[]>[];

interface TimeChartProps {
  readonly kind: "line" | "bar";
  readonly label: string;
  readonly sets: ChartSets;
  readonly from: number;
  readonly to: number;
  readonly tickMs: number;
  readonly shaded: readonly ShadedTime[];
  readonly formatValue: (value: number) => string;
  readonly isStacked?: boolean;
}

/** Values over time on a canvas: no animation, no points, gaps stay gaps, and the times of incidents are shaded. */
export function TimeChart(props: TimeChartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart<"line" | "bar", ChartPoint[]> | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const scheme = useComputedColorScheme("light");
  useEffect(() => {
    if (canvas.current === null) return;
    const created = createChart(canvas.current, latest);
    chart.current = created;
    return () => {
      chart.current = null;
      created.destroy();
    };
    // Another theme has other colours.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [scheme]);
  const { sets, from, to, shaded } = props;
  useEffect(() => {
    const current = chart.current;
    if (current === null) return;
    current.data.datasets = [...sets(themeColours())];
    Object.assign(current.options.scales?.["x"] ?? {}, { min: from, max: to });
    current.update("none");
    // A chart of another theme is empty, and what is shaded is painted with it.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [sets, from, to, shaded, scheme]);
  return (
    <div className="chart">
      <canvas ref={canvas} role="img" aria-label={props.label} />
    </div>
  );
}

function createChart(canvas: HTMLCanvasElement, latest: { readonly current: TimeChartProps }) {
  const colours = themeColours();
  const { kind, isStacked = false } = latest.current;
  const ticks = {
    color: colours.of("text-3"),
    font: { family: getComputedStyle(canvas).fontFamily, size: 11 },
    autoSkip: false,
    maxRotation: 0,
  };
  return new Chart<"line" | "bar", ChartPoint[]>(canvas, {
    type: kind,
    data: { datasets: [] },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      normalized: true,
      spanGaps: false,
      interaction: { mode: "index", intersect: false },
      layout: { padding: { top: 4, right: 1 } },
      scales: {
        x: {
          type: "linear",
          offset: false,
          stacked: isStacked,
          border: { color: colours.of("line-2") },
          grid: { display: false },
          afterBuildTicks(axis) {
            const { tickMs } = latest.current;
            axis.ticks = axisTicks(axis.min, axis.max, tickMs, zoneOffset(axis.max)).map((value) => ({ value }));
          },
          ticks: { ...ticks, callback: (value) => formatTick(Number(value), latest.current.tickMs) },
        },
        y: {
          beginAtZero: true,
          stacked: isStacked,
          border: { display: false },
          grid: { color: colours.of("line"), drawTicks: false },
          afterFit(axis) {
            // One width for all charts, so that their times are below one another.
            axis.width = 56;
          },
          ticks: { ...ticks, maxTicksLimit: 4, callback: (value) => latest.current.formatValue(Number(value)) },
        },
      },
      plugins: {
        tooltip: {
          animation: false,
          backgroundColor: colours.of("text"),
          titleColor: colours.of("surface"),
          bodyColor: colours.of("surface"),
          displayColors: false,
          callbacks: {
            title: ([item]) => (item === undefined ? "" : formatTimestamp(item.parsed.x ?? 0, latest.current.to)),
            label: ({ dataset, parsed }) => `${dataset.label ?? ""} ${latest.current.formatValue(parsed.y ?? 0)}`,
          },
        },
      },
    },
    plugins: [shade(latest, colours)],
  });
}

/** Paints the times of incidents behind the values. */
function shade(latest: { readonly current: TimeChartProps }, colours: ThemeColours): Plugin<"line" | "bar"> {
  return {
    id: "shade",
    beforeDatasetsDraw({ ctx, chartArea, scales }) {
      const axis = scales["x"];
      if (axis === undefined) return;
      for (const { from, to, verdict } of latest.current.shaded) {
        const left = Math.max(chartArea.left, axis.getPixelForValue(from));
        const right = Math.min(chartArea.right, Math.max(left + 2, axis.getPixelForValue(to)));
        if (right <= chartArea.left || left >= chartArea.right) continue;
        ctx.fillStyle = colours.of(`${verdict}-tint`);
        ctx.fillRect(left, chartArea.top, right - left, chartArea.height);
      }
    },
  };
}
