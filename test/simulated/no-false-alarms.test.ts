import { describe, expect, test } from "vitest";
import {
  clearCounters,
  pauseHaproxy,
  flapOurPath,
  cutOurPath,
  cutOurPathToOne,
  reloadStorm,
  cutStats,
  cutHaproxyPath,
  type Disturbance,
  pauseHaprobe,
} from "../support/simulator/disturbances.ts";
import type { PlayedHistory } from "../support/simulator/history.ts";
import type { Simulation } from "../support/simulator/simulation.ts";
import type { Timeline, VerdictChange } from "../support/simulator/timeline.ts";
import { expectNoMismatch, verdictDurationMs } from "./history-checks.ts";

/** How long a confirmed mismatch lasts before it is alerted (`wait` of a route). */
const ALERT_DELAY_MS = 5_000;

const ALL_DISTURBANCES: readonly Disturbance[] = [
  reloadStorm,
  cutOurPath,
  cutHaproxyPath,
  pauseHaprobe,
  pauseHaproxy,
  cutStats,
  clearCounters,
];

describe("restarts, deploys, deaths, flapping and denials behind checks that see them: not one confirmed mismatch", () => {
  const cases: readonly [name: string, disturbances: readonly Disturbance[]][] = [
    ["in no disturbance", []],
    ["while HAProxy is reloaded each second", [reloadStorm]],
    ["while our own path is cut to all or most of them", [cutOurPath]],
    ["while HAProxy's path is cut for a moment", [cutHaproxyPath]],
    ["while our process stands still again and again", [pauseHaprobe]],
    ["while HAProxy stands still again and again", [pauseHaproxy]],
    ["while its stats are out of reach", [cutStats]],
    ["with all of that at once", ALL_DISTURBANCES],
  ];
  test.each(cases)("%s", async (_, disturbances) => {
    const transitions = await expectNoMismatch({ disturbances: disturbances, minutes: 4 }, 2);
    expect(transitions).toBeGreaterThan(100);
  });

  test("behind checks that run once a minute, or take 150 s to bring a server up", async () => {
    const check = { rise: 2, fall: 3, timeoutMs: 2_000, connectMs: 2_000 };
    const checks = [
      { ...check, interMs: 60_000 },
      { ...check, interMs: 60_000, fastinterMs: 1_000 },
      { ...check, interMs: 20_000 },
      { ...check, interMs: 5_000, rise: 30 },
    ];
    const machines = checks.map((one, i) => ({
      name: `s0-l7-${i + 1}`,
      depth: "L7" as const,
      check: one,
      agentInterMs: null,
      site: 0,
    }));
    const settings = { machines, policy: { learnsGrace: true }, stateFile: true, lostPolls: 0 };
    const transitions = await expectNoMismatch({ disturbances: [], minutes: 15, settings, cooldownMs: 600_000 }, 2);
    expect(transitions).toBeGreaterThan(50);
  });

  test("while a guessed health path fails and clients are served: none for longer than an alert waits", async () => {
    const settings = { isGuessed: true, mode: "http", sessionsPerSecond: 20 } as const;
    let served = 0;
    const excused = (said: VerdictChange, played: PlayedHistory): boolean =>
      verdictDurationMs(played, said) < ALERT_DELAY_MS;
    const prepare = ({ timeline }: Simulation): void => {
      histories.push(timeline);
    };
    const histories: Timeline[] = [];
    const transitions = await expectNoMismatch({ disturbances: [], minutes: 8, settings, prepare }, 2, excused);
    for (const { verdicts } of histories) served += verdicts.filter(({ reason }) => reason === "clients-served").length;
    expect(transitions).toBeGreaterThan(100);
    expect(served).toBeGreaterThan(10);
  });

  // Without a check only HAProxy's own clients show whether the server or our path to it is at fault.
  test.each([
    ["flickers", flapOurPath, {}],
    ["to one server is cut, and clients get through", cutOurPathToOne, { sessionsPerSecond: 20 }],
  ] as const)(
    "while our path %s: only one without a check, and for less than an alert waits",
    async (_, kind, settings) => {
      const excused = (said: VerdictChange, played: PlayedHistory): boolean =>
        said.key.includes("/be-none-") && verdictDurationMs(played, said) < ALERT_DELAY_MS;
      const transitions = await expectNoMismatch({ disturbances: [kind], minutes: 4, settings }, 2, excused);
      expect(transitions).toBeGreaterThan(100);
    },
  );
});
