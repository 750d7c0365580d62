import { availableParallelism } from "node:os";
import { delimiter } from "node:path";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

/** Lanes: `acceptance`, `node` and `web` are `npm test`; `long` is `npm run test:long`, of which `chaos` is `npm run test:chaos`, `compose` is `npm run test:compose`, `sites` is `npm run test:sites`, `packages` is `npm run test:packages`. */
export default defineConfig({
  test: {
    // Many tests wait for real processes; the default leaves one of two processors idle.
    maxWorkers: "100%",
    sequence: { sequencer: LongestFirst },
    env: {
      // A service that a test starts without naming a data directory cannot write into the home.
      XDG_STATE_HOME: "/dev/null",
      // Debian has HAProxy and others in a folder that is not on the PATH of every user.
      PATH: `${process.env["PATH"] ?? ""}${delimiter}/usr/sbin`,
    },
    // A page on a slow or busy machine can take many seconds.
    expect: { poll: { timeout: 20_000 } },
    // Once more in CI, where a machine can stall for seconds; scripts/test-summary.ts names what needed it.
    retry: process.env["CI"] ? 1 : 0,
    // The last line of .ci/run is made from the report.
    reporters: process.env["CI"] ? ["default", ["json", { outputFile: ".cache/vitest.json" }]] : ["default"],
    projects: [
      {
        test: {
          name: "acceptance",
          environment: "node",
          include: ["test/acceptance/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          // These wait for minutes and work for seconds; a percentage would end at all processors.
          maxWorkers: 2 * availableParallelism(),
        },
      },
      {
        test: {
          name: "node",
          environment: "node",
          include: ["test/**/*.test.ts"],
          exclude: ["acceptance", "web", "long", "compose", "packages", "sites"].map((lane) => `test/${lane}/**`),
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "web",
          environment: "jsdom",
          include: ["test/web/**/*.test.{ts,tsx}"],
          setupFiles: ["test/web/setup.ts"],
          testTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "long",
          environment: "node",
          include: ["test/long/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 60_000,
          // One with 10,000 rows, beside other lanes, can take many.
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        test: {
          name: "sites",
          environment: "node",
          include: ["test/sites/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "chaos",
          environment: "node",
          include: ["test/long/chaos/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
      { test: { name: "compose", environment: "node", include: ["test/compose/**/*.test.ts"], testTimeout: 600_000 } },
      {
        test: {
          name: "packages",
          environment: "node",
          include: ["test/packages/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
