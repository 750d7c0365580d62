import { useMemo } from "react";
import type { ServerSeries } from "../../server/contract/series.ts";
import { chartPoints, type ChartPoint, describeRange, isInFalseUp, type ShadedTime } from "../lib/chart-data.ts";
import { formatMilliseconds } from "../lib/quantity-format.ts";
import type { ThemeColours } from "../lib/theme-colours.ts";
import { type ChartSets, TimeChart } from "./time-chart.tsx";
import "./server-charts.css";

interface ServerChartsProps {
  readonly series: ServerSeries;
  readonly mode: string;
  readonly tickMs: number;
  readonly shaded: readonly ShadedTime[];
}

/** Measurements of one server over time: durations of probe and check, phases of the probe, traffic with its errors. */
export default function ServerCharts({ series, mode, tickMs, shaded }: ServerChartsProps) {
  const [from, to] = [Date.parse(series.from), Date.parse(series.to)];
  const time = { from, to, tickMs, shaded };
  const probe = useMemo(() => chartPoints(series, "probeMs"), [series]);
  const traffic = useMemo(() => chartPoints(series, "trafficPerSecond"), [series]);
  const durations = useMemo(() => durationSets(series), [series]);
  const phases = useMemo(() => phaseSets(series), [series]);
  const rates = useMemo(() => trafficSets(series, shaded), [series, shaded]);
  const unit = mode === "http" ? "Requests" : "New sessions";
  const hasErrors = series.series.errorsPerSecond.some((value) => value !== null);
  const isRed = traffic.some(({ x, y }) => y !== null && y > 0 && isInFalseUp(shaded, x));
  return (
    <>
      <section className="drawer-section" aria-label="Check and probe duration">
        <ChartTitle text="Check and probe duration" keys={DURATION_KEYS} />
        <TimeChart
          {...time}
          kind="line"
          sets={durations}
          formatValue={formatMilliseconds}
          label={summarize("Probe duration", probe, formatMilliseconds)}
        />
      </section>
      <section className="drawer-section" aria-label="Probe phases">
        <ChartTitle text="Probe phases" keys={PHASE_KEYS} />
        <TimeChart
          {...time}
          kind="bar"
          isStacked
          sets={phases}
          formatValue={formatMilliseconds}
          label={summarize("Probe duration by phase", probe, formatMilliseconds)}
        />
      </section>
      <section className="drawer-section" aria-label={`${unit} per second`}>
        <ChartTitle
          text={`${unit} per second`}
          keys={[
            ...(isRed ? [["chart-key-misrouted", "sent to a failing server"] as const] : []),
            ...(hasErrors ? [["chart-key-errors", "answered with 5xx"] as const] : []),
          ]}
        />
        <TimeChart
          {...time}
          kind="bar"
          isStacked
          sets={rates}
          formatValue={formatRate}
          label={summarize(`${unit} per second`, traffic, formatRate)}
        />
      </section>
    </>
  );
}

type Key = readonly [className: string, text: string];
const DURATION_KEYS: readonly Key[] = [
  ["chart-key-probe", "haprobe"],
  ["chart-key-check", "HAProxy's check"],
];
const PHASE_KEYS: readonly Key[] = [
  ["chart-key-connect", "connect"],
  ["chart-key-tls", "TLS"],
  ["chart-key-answer", "answer"],
];

function ChartTitle({ text, keys }: { text: string; keys: readonly Key[] }) {
  return (
    <div className="drawer-title-line">
      <h3 className="detail-title">{text}</h3>
      <span className="chart-keys">
        {keys.map(([className, name]) => (
          <span key={name}>
            <span className={`chart-key ${className}`} aria-hidden="true" /> {name}
          </span>
        ))}
      </span>
    </div>
  );
}

const formatRate = (value: number): string => `${Number(value.toPrecision(3))}/s`;

function summarize(what: string, points: readonly ChartPoint[], format: (value: number) => string): string {
  return `${what}: ${describeRange(points, format) ?? "nothing was recorded"}`;
}

const LINE = { borderWidth: 1.5, pointRadius: 0, pointHoverRadius: 0, tension: 0 } as const;

function durationSets(series: ServerSeries): ChartSets {
  return (colours) => [
    { type: "line", label: "haprobe", data: chartPoints(series, "probeMs"), borderColor: colours.of("text"), ...LINE },
    {
      type: "line",
      label: "HAProxy's check",
      data: chartPoints(series, "checkMs"),
      borderColor: colours.of("text-3"),
      borderDash: [4, 3],
      ...LINE,
    },
  ];
}

const BAR = { barPercentage: 1, categoryPercentage: 0.9, grouped: false } as const;

function phaseSets(series: ServerSeries): ChartSets {
  const phases = [
    ["connect", "connectMs", "text"],
    ["TLS", "tlsMs", "text-2"],
    ["answer", "answerMs", "out-of-service-fill"],
  ] as const;
  return (colours) =>
    phases.map(([label, name, token]) => ({
      type: "bar",
      label,
      data: chartPoints(series, name),
      backgroundColor: colours.of(token),
      ...BAR,
    }));
}

/** Traffic without its errors, and the errors hatched above it; red while it went into a failing server. */
function trafficSets(series: ServerSeries, shaded: readonly ShadedTime[]): ChartSets {
  const all = chartPoints(series, "trafficPerSecond");
  const errors = chartPoints(series, "errorsPerSecond");
  const good = all.map(({ x, y }, step) => ({ x, y: y === null ? null : Math.max(0, y - (errors[step]?.y ?? 0)) }));
  const colourOf = (colours: ThemeColours): string[] =>
    all.map(({ x }) => colours.of(isInFalseUp(shaded, x) ? "false-up-fill" : "out-of-service-fill"));
  return (colours) => [
    { type: "bar", label: "traffic", data: good, backgroundColor: colourOf(colours), ...BAR },
    { type: "bar", label: "5xx", data: errors, backgroundColor: hatch(colours), ...BAR },
  ];
}

/** Diagonal lines in the colour of text on the background. */
function hatch(colours: ThemeColours): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const context = tile.getContext("2d");
  if (context === null) return colours.of("text-2");
  context.fillStyle = colours.of("surface");
  context.fillRect(0, 0, 6, 6);
  context.strokeStyle = colours.of("text-2");
  context.lineWidth = 1.5;
  context.beginPath();
  for (const shift of [-6, 0, 6]) {
    context.moveTo(shift, 6);
    context.lineTo(shift + 6, 0);
  }
  context.stroke();
  return context.createPattern(tile, "repeat") ?? colours.of("text-2");
}
