import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDataDirectory } from "../../server/store/data-directory.ts";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "haprobe-data-")), "state/haprobe");
});
afterEach(() => rm(join(folder, "../.."), { recursive: true, force: true }));

const MODULE = fileURLToPath(new URL("../../server/store/data-directory.ts", import.meta.url));

/** A process that opens the data directory, says so, and stays. */
async function startHolder(): Promise<ChildProcess> {
  const code = `import { openDataDirectory } from ${JSON.stringify(MODULE)};
    openDataDirectory(${JSON.stringify(folder)}, null, "there"); console.log("open"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

describe("a data directory", () => {
  test("is created, and remembers its log and its vantage", () => {
    using first = openDataDirectory(folder, null, "host-1");
    const { identity } = first;
    expect(identity).toMatchObject({ vantage: "host-1", formerVantage: null });
    first[Symbol.dispose]();
    // The name of a container's host is new with each deployment.
    using second = openDataDirectory(folder, null, "host-2");
    expect(second.identity).toEqual(identity);
  });

  test("begins another log for another vantage, and remembers the one before", () => {
    const first = openDataDirectory(folder, null, "host-1");
    first[Symbol.dispose]();
    using second = openDataDirectory(folder, "fra", "host-1");
    expect(second.identity).toMatchObject({ vantage: "fra", formerVantage: "host-1" });
    expect(second.identity.logId).not.toBe(first.identity.logId);
  });

  test("remembers a log that replaced the one before", () => {
    const first = openDataDirectory(folder, null, "host-1");
    const { logId } = first.replaceLog();
    first[Symbol.dispose]();
    using second = openDataDirectory(folder, null, "host-1");
    expect(second.identity.logId).toBe(logId);
  });

  test("whose identity is damaged begins another log", async () => {
    const first = openDataDirectory(folder, null, "host-1");
    first[Symbol.dispose]();
    await writeFile(join(folder, "identity.json"), '{"logId": "');
    using second = openDataDirectory(folder, null, "host-1");
    expect(second.identity.logId).not.toBe(first.identity.logId);
  });

  test("belongs to one process, which the error names; after a kill -9 it is free", async () => {
    const holder = await startHolder();
    expect(() => openDataDirectory(folder, null, "here")).toThrow(
      expect.objectContaining({
        code: "HAPROBE_DATA_DIR_LOCKED",
        message: expect.stringContaining(`in use by process ${holder.pid} on `),
      }),
    );
    holder.kill("SIGKILL");
    await once(holder, "exit");
    using mine = openDataDirectory(folder, null, "here");
    expect(mine.identity.vantage).toBe("there");
  });
});
