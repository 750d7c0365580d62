import { BOUNDS } from "../bounds.ts";

/** A period in which a condition held, such as a failing probe while HAProxy sent traffic; `to` is null while it lasts. Monotonic milliseconds. */
export interface FailureEpisode {
  readonly from: number;
  readonly to: number | null;
}

/** Most episodes kept of one server; older ones are dropped. */
const EPISODES_MAX = 64;

/** Adds what holds at `now` and drops what has left the window; returns the same list where nothing changed. */
export function updateEpisodes(
  episodes: readonly FailureEpisode[],
  failing: boolean,
  now: number,
  windowMs: number = BOUNDS.unstableWindowMs,
): readonly FailureEpisode[] {
  const last = episodes.at(-1);
  const open = last !== undefined && last.to === null;
  if (failing === open) return episodes;
  const recent = episodes.filter(({ to }) => to === null || to > now - windowMs);
  if (failing) return [...recent, { from: now, to: null }].slice(-EPISODES_MAX);
  return recent.map((episode) => (episode.to === null ? { from: episode.from, to: now } : episode));
}

/** True where a server failed for much of the window in many separate episodes, rather than in one outage. */
export function isUnstable(episodes: readonly FailureEpisode[], now: number): boolean {
  if (episodes.length < BOUNDS.unstableEpisodes) return false;
  const from = now - BOUNDS.unstableWindowMs;
  let [count, failedMs] = [0, 0];
  for (const episode of episodes) {
    const end = episode.to ?? now;
    if (end <= from) continue;
    count += 1;
    failedMs += end - Math.max(episode.from, from);
  }
  return count >= BOUNDS.unstableEpisodes && failedMs >= BOUNDS.unstableShare * BOUNDS.unstableWindowMs;
}

/** True where HAProxy took a server DOWN many times within the window; `episodes` are its times DOWN. */
export function isFlapping(episodes: readonly FailureEpisode[], now: number): boolean {
  if (episodes.length < BOUNDS.flappingEpisodes) return false;
  const recent = episodes.filter(({ from }) => from > now - BOUNDS.flappingWindowMs);
  return recent.length >= BOUNDS.flappingEpisodes;
}
