import { mkdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { StoredEvent, SeriesPoint, VerdictStored } from "../../server/contract/store.ts";
import { openDataDirectory } from "../../server/store/data-directory.ts";
import { incidentFingerprint } from "../../server/store/incident-fingerprint.ts";
import { openStore } from "../../server/store/open-store.ts";
import { pastIncidents } from "./past-incidents.ts";
import { PAST_MINUTES, pastOf, type ScenePlace, scenePlaces } from "./scene-past.ts";

const MINUTE_MS = 60_000;
/** The store takes few portions at once. */
const BUSY_MS = 20;
/** How long a server agreed before the recorded hour. */
const AGREED_BEFORE_MS = 6 * 24 * 60 * MINUTE_MS;

/** Writes an hour of history into a new data directory, as a haprobe of this vantage had recorded it until `now`. */
export async function seedHistory(folder: string, vantage: string, now: number): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const directory = openDataDirectory(folder, vantage, vantage);
  const { logId } = directory.identity;
  directory[Symbol.dispose]();
  const places = scenePlaces();
  const events = [
    { type: "started" as const, seq: 0, at: now - PAST_MINUTES * MINUTE_MS, heardBefore: null },
    ...places.flatMap((place) => pastEvents(place, now)),
    { type: "heartbeat" as const, seq: 0, at: now, heardBefore: null },
  ]
    .toSorted((a, b) => a.at - b.at)
    .map((event, index): StoredEvent => ({ ...event, seq: index + 1 }));
  const store = await openStore({ kind: "sqlite", directory: folder });
  try {
    await store.commit({
      source: {
        site: "default",
        vantage,
        logId,
        writer: "scene",
        takesOver: true,
        firstSeq: 1,
        lastSeq: events.length,
        sentAt: now,
      },
      events,
      incidents: pastIncidents(places, now).map((record) => ({
        record,
        fingerprint: incidentFingerprint(record),
        expectedVersion: 0,
      })),
      outbox: [],
      timers: [],
      done: [],
    });
    for (let minute = PAST_MINUTES; minute > 0; minute -= 1) {
      const at = Math.floor(now / MINUTE_MS - minute) * MINUTE_MS;
      const points = places.map((place, n) => pastPoint(place, at, n));
      while (!store.offerSeries(points)) await pause(BUSY_MS);
    }
  } finally {
    await store.close();
  }
}

function pastEvents(place: ScenePlace, now: number): VerdictStored[] {
  const { instance, backend, server, host, port } = place;
  return pastOf(place).map(({ minutesAgo, judgement }, n) => {
    const at = Math.round(now - minutesAgo * MINUTE_MS);
    return {
      type: "verdict-changed",
      seq: 0,
      at,
      server: { site: "default", instance, backend, server },
      address: { network: "default", host, port },
      judgement,
      beganAt: n === 0 ? at - AGREED_BEFORE_MS : at,
      body: null,
    };
  });
}

/** A minute of a server: durations and traffic around those of its backend. */
function pastPoint({ instance, backend, server }: ScenePlace, at: number, n: number): SeriesPoint {
  const wave = 1 + 0.2 * Math.sin(at / 97_000 + n) + 0.1 * Math.sin(at / 41_000 + 3 * n);
  const usesTls = backend !== "shop-web" && backend !== "legacy-app";
  const probeMs = (usesTls ? 3.9 : 1.6) * wave;
  const traffic = { "k8s-api": 8, "rke2-join": 0, "shop-web": 26, "img-cache": 16, "legacy-app": 2 }[backend];
  return {
    at,
    server: { site: "default", instance, backend, server },
    values: [
      probeMs,
      probeMs * 1.6,
      0.3 * wave,
      usesTls ? 2.1 * wave : Number.NaN,
      (usesTls ? 1.5 : 1.3) * wave,
      backend === "legacy-app" ? Number.NaN : 0.4 * wave,
      (instance === "lb-1" ? 1 : 0.1) * traffic * wave,
      0,
    ],
  };
}
