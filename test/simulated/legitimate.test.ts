import { describe, expect, test } from "vitest";
import {
  countersAreCleared,
  haproxyStandsStill,
  ourPathFlickers,
  ourPathIsCut,
  reloadStorm,
  statsAreAway,
  theirPathIsCut,
  type Weather,
  weStandStill,
} from "../support/simulator/weather.ts";
import { expectNoMismatch, lastedMs } from "./rulings.ts";

const ALL: readonly Weather[] = [
  reloadStorm,
  ourPathIsCut,
  theirPathIsCut,
  weStandStill,
  haproxyStandsStill,
  statsAreAway,
  countersAreCleared,
];

describe("restarts, deploys, deaths, flapping and denials behind checks that see them: not one confirmed mismatch", () => {
  const cases: readonly [name: string, weather: readonly Weather[]][] = [
    ["in calm weather", []],
    ["while HAProxy is reloaded each second", [reloadStorm]],
    ["while our own path is cut to all or most of them", [ourPathIsCut]],
    ["while HAProxy's path is cut for a moment", [theirPathIsCut]],
    ["while our process stands still again and again", [weStandStill]],
    ["while HAProxy stands still again and again", [haproxyStandsStill]],
    ["while its stats are out of reach", [statsAreAway]],
    ["with all of that at once", ALL],
  ];
  test.each(cases)("%s", async (_, weather) => {
    const transitions = await expectNoMismatch({ weather, minutes: 4 }, 2);
    expect(transitions).toBeGreaterThan(100);
  });

  test("while our path flickers: nothing but a server without a check, and that for less than an alert waits", async () => {
    const transitions = await expectNoMismatch({ weather: [ourPathFlickers], minutes: 4 }, 2, (said, played) => {
      return said.key.includes("/be-none-") && lastedMs(played, said) < 5_000;
    });
    expect(transitions).toBeGreaterThan(100);
  });
});
