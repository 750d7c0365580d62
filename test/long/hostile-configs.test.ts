import { expect, test } from "vitest";
import { advise, DEFAULT_OPTIONS } from "../../server/advise/advise.ts";
import { cureFiles } from "../../server/advise/cure-files.ts";
import { adviseInThread } from "../../server/advise-in-thread.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { renderLintText } from "../../server/cli/lint-text.ts";
import { systemClock } from "../../server/clock.ts";
import { HOSTILE_CONFIGS } from "../support/hostile-configs.ts";

const KINDS = Object.entries(HOSTILE_CONFIGS);
/** `haprobe lint` has the memory of a whole process, and a user who can end it. */
const LINTED_BYTES = 256 * 1_024;

test.each(KINDS)(
  "a haproxy.cfg of a megabyte of %s is read in less than the memory and time of its thread",
  async (_, make) => {
    const files = [{ path: "haproxy.cfg", text: make(BOUNDS.cfgFileMaxBytes) }];
    await expect(adviseInThread({ instance: "lb-1", files }, systemClock)).resolves.toBeDefined();
  },
);

test.each(KINDS)("a haproxy.cfg of %s is printed and cured by lint", { timeout: BOUNDS.cfgTimeoutMs }, (_, make) => {
  const files = [{ path: "haproxy.cfg", text: make(LINTED_BYTES) }];
  expect(renderLintText({ files, ...advise(files) }).length).toBeLessThan(200 * LINTED_BYTES);
  expect(cureFiles(files, DEFAULT_OPTIONS, "note")).toHaveLength(1);
});
