/** Some of haprobe's own metrics; lags since the scrape before. */
export interface Scrape {
  readonly probes: number;
  readonly lag99Ms: number;
  readonly lagMaxMs: number;
  readonly isReady: boolean;
  /** What clients were refused so far, by kind. */
  readonly refused: Readonly<Record<string, number>>;
}

export async function scrape(url: string): Promise<Scrape> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const series = (name: string): readonly (readonly [labels: string, value: number])[] =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, "gm"))].map(([, labels = "", value]) => [
      labels,
      Number(value),
    ]);
  const sum = (name: string): number => series(name).reduce((all, [, value]) => all + value, 0);
  return {
    probes: sum("haprobe_probes_total"),
    lag99Ms: sum("nodejs_eventloop_lag_p99_seconds") * 1_000,
    lagMaxMs: sum("nodejs_eventloop_lag_max_seconds") * 1_000,
    isReady: sum("haprobe_ready") === 1,
    refused: Object.fromEntries(
      series("haprobe_refused_total").map(([labels, value]) => [/kind="(.*)"/.exec(labels)?.[1] ?? "", value]),
    ),
  };
}
