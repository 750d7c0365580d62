import { describe, expect, test } from "vitest";
import type { CheckQuality } from "../../server/contract/verdict.ts";
import {
  createBlindnessFindings,
  detectCheckFindings,
  type ServerFacts,
  detectServerFindings,
  detectUnusableBackend,
  detectSplitFindings,
} from "../../server/judge/findings.ts";
import { type FailureEpisode, isFlapping, isUnstable, updateEpisodes } from "../../server/judge/stability.ts";
import { haproxyView } from "../support/judge-harness.ts";

function serverFacts(status: string, more: Partial<ServerFacts> & { held?: number } = {}): ServerFacts {
  const { held = 0, ...rest } = more;
  const view = haproxyView(status, "L4OK", { sessionsCurrent: held });
  return {
    instance: "lb-1",
    view,
    quality: "check-ok",
    target: "t1",
    graceMs: 30_000,
    isProbeAnswered: true,
    cure: () => [],
    isUnstable: false,
    isFlapping: false,
    isProbeStale: false,
    credentialsWithheldWhy: null,
    ...rest,
  };
}

const codes = (drafts: readonly { code: string }[]): string[] => drafts.map(({ code }) => code);

describe("a backend's check", () => {
  const qualities: readonly [CheckQuality | null, string[]][] = [
    ["check-missing", ["check-missing"]],
    ["check-blind", ["check-blind"]],
    ["check-accepts-denial", ["check-accepts-denial"]],
    ["check-accepts-error", ["check-accepts-error"]],
    ["check-accepts-redirect", ["check-accepts-redirect"]],
    ["check-accepts-missing", ["check-accepts-missing"]],
    ["check-elsewhere", ["check-elsewhere"]],
    ["check-once", []],
    ["check-ok", []],
    [null, []],
  ];
  test.each(qualities)("of quality %s gives the findings %j", (quality, wanted) => {
    expect(
      codes(detectCheckFindings({ instance: "lb-1", backend: "be", servers: [serverFacts("UP", { quality })] })),
    ).toEqual(wanted);
  });

  test("is one finding for all its servers, and counts them where they differ", () => {
    const servers = [serverFacts("UP", { quality: "check-blind" }), serverFacts("UP", { quality: "check-missing" })];
    const sentences = detectCheckFindings({ instance: "lb-1", backend: "be", servers }).map(({ sentence }) => sentence);
    expect(sentences[0]).toMatch(/^1 of 2 servers of be is checked no further/);
    expect(sentences).toHaveLength(2);
  });
});

describe("the lines that cure a check", () => {
  const advice = (...answered: readonly boolean[]): string | undefined => {
    const cure = (): readonly string[] => ["option httpchk"];
    const servers = answered.map((isProbeAnswered) =>
      serverFacts("UP", { quality: "check-blind", isProbeAnswered, cure }),
    );
    return detectCheckFindings({ instance: "lb-1", backend: "be", servers })[0]?.advice;
  };
  test("are for servers that have all answered the request", () => {
    expect(advice(true, true)).toContain("option httpchk");
  });
  test("are missing while one is denied, not trusted or never reached: they would take it down", () => {
    expect(advice(true, false)).not.toContain("option httpchk");
  });
});

describe("a backend without a usable server", () => {
  const facts = (...servers: ReturnType<typeof serverFacts>[]) => ({ instance: "lb-1", backend: "be", servers });
  test("is a finding that counts the statuses, whatever took the servers out of use", () => {
    const drafts = detectUnusableBackend(facts(serverFacts("DOWN"), serverFacts("MAINT"), serverFacts("DOWN")));
    expect(drafts).toMatchObject([
      {
        code: "backend-without-servers",
        subject: { instance: "lb-1", backend: "be", server: null },
        sentence: "No server of be can get traffic: 2 DOWN, 1 MAINT",
      },
    ]);
  });
  test("names the weight of a server that is UP without any", () => {
    const facts0 = serverFacts("UP");
    const [draft] = detectUnusableBackend(facts({ ...facts0, view: { ...facts0.view, weight: 0 } }));
    expect(draft?.sentence).toBe("No server of be can get traffic: 1 UP with weight 0");
  });
  test("is none while one server may get traffic or has an unknown status, or without any server", () => {
    for (const servers of [[], [serverFacts("DOWN"), serverFacts("UP")], [serverFacts("DOWN"), serverFacts("OPEN")]]) {
      expect(detectUnusableBackend(facts(...servers))).toEqual([]);
    }
  });
});

describe("a server that is DOWN and holds sessions", () => {
  test("with a hostile name has no command in its advice, and says why", () => {
    const facts = serverFacts("DOWN", { held: 3 });
    const [draft] = detectServerFindings({
      ...facts,
      view: { ...facts.view, server: "a;shutdown sessions server b/x" },
    });
    expect(draft?.advice).not.toContain("shutdown sessions server");
    expect(draft?.advice).toContain("No command is shown");
  });

  test("is a finding after ten seconds, with the line that ends them", () => {
    const [draft] = detectServerFindings(serverFacts("DOWN", { held: 3 }));
    expect(draft).toMatchObject({ code: "sessions-held", afterMs: 10_000 });
    expect(draft?.advice).toContain("shutdown sessions server k8s-api/cp-1");
  });
  test("is none while it is UP, or holds nothing", () => {
    expect([
      ...detectServerFindings(serverFacts("UP", { held: 3 })),
      ...detectServerFindings(serverFacts("DOWN")),
    ]).toEqual([]);
  });
});

describe("one target behind two instances", () => {
  const here = serverFacts("UP");
  test("used by one and DOWN in the other is a split, a finding on both, after the grace", () => {
    const drafts = detectSplitFindings([here, serverFacts("DOWN", { instance: "lb-2" })]);
    expect(drafts.map(({ subject, afterMs }) => [subject.instance, afterMs])).toEqual([
      ["lb-1", 30_000],
      ["lb-2", 30_000],
    ]);
  });
  test.each([
    ["both use it", serverFacts("UP", { instance: "lb-2" })],
    ["the other took it out on purpose", serverFacts("MAINT", { instance: "lb-2" })],
    ["it is another target", serverFacts("DOWN", { instance: "lb-2", target: "t2" })],
    ["both are backends of one instance", serverFacts("DOWN")],
  ])("is no split where %s", (_why, other) => {
    expect(detectSplitFindings([here, other])).toEqual([]);
  });
  test("takes work in proportion to the servers that share it", () => {
    let reads = 0;
    const counted = (status: string): ReturnType<typeof serverFacts> =>
      Object.defineProperty(serverFacts(status), "instance", {
        get() {
          reads += 1;
          return "lb-1";
        },
      });
    const servers = Array.from({ length: 2_000 }, (_, n) => counted(n % 2 === 0 ? "UP" : "DOWN"));
    expect(detectSplitFindings(servers)).toEqual([]);
    expect(reads).toBeLessThan(20 * servers.length);
  });
});

test("blindness is one finding, however many groups are blind", () => {
  expect(createBlindnessFindings(new Set(["*", "instance lb-1"]), 30_000)).toHaveLength(1);
  expect(createBlindnessFindings(new Set(), 30_000)).toEqual([]);
});

describe("a server is unstable", () => {
  /** Fails for `failMs` of every `everyMs`, for two minutes. */
  function shaky(failMs: number, everyMs: number): readonly FailureEpisode[] {
    let episodes: readonly FailureEpisode[] = [];
    for (let at = 0; at < 120_000; at += everyMs) {
      episodes = updateEpisodes(episodes, true, at);
      episodes = updateEpisodes(episodes, false, at + failMs);
    }
    return episodes;
  }
  test("that fails for a third of two minutes in many episodes", () => {
    expect(isUnstable(shaky(4_000, 10_000), 120_000)).toBe(true);
  });
  test("but not in one long outage, nor for short hiccups, nor any more two minutes later", () => {
    expect(isUnstable(updateEpisodes([], true, 0), 120_000)).toBe(false);
    expect(isUnstable(shaky(500, 10_000), 120_000)).toBe(false);
    expect(isUnstable(shaky(4_000, 10_000), 240_000)).toBe(false);
  });
  test("and its episodes are bounded", () => {
    expect(shaky(10, 20).length).toBeLessThanOrEqual(64);
  });
});

describe("a server that HAProxy takes DOWN and UP", () => {
  const minute = 60_000;
  function downAt(...starts: readonly number[]): readonly FailureEpisode[] {
    let episodes: readonly FailureEpisode[] = [];
    for (const at of starts) {
      episodes = updateEpisodes(episodes, true, at, 10 * minute);
      episodes = updateEpisodes(episodes, false, at + 1_000, 10 * minute);
    }
    return episodes;
  }
  test("four times in ten minutes is flapping, until the first of them is older", () => {
    const episodes = downAt(1 * minute, 3 * minute, 5 * minute, 7 * minute);
    expect([isFlapping(episodes, 8 * minute), isFlapping(episodes, 12 * minute)]).toEqual([true, false]);
  });
  test("three times is not", () => {
    expect(isFlapping(downAt(1 * minute, 3 * minute, 5 * minute), 8 * minute)).toBe(false);
  });
  test("is a finding with the last check's result", () => {
    const [draft] = detectServerFindings(serverFacts("UP", { isFlapping: true }));
    expect(draft).toMatchObject({ code: "server-flapping", sentence: expect.stringContaining("(last check: L4OK") });
  });
});
