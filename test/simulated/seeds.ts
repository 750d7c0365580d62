/** First seed of a run: HAPROBE_SEED plays other histories, or one again that failed. */
export const FIRST_SEED = Number(process.env["HAPROBE_SEED"] ?? "20261122");

/** How many histories are played where `usual` are: HAPROBE_RUNS times as many. */
export function seedsFor(usual: number): number[] {
  const runs = Math.max(1, Math.round(usual * Number(process.env["HAPROBE_RUNS"] ?? "1")));
  return Array.from({ length: runs }, (_, i) => FIRST_SEED + i);
}
