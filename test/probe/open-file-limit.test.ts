import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openFileLimit } from "../../server/probe/open-file-limit.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-limits-"));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ["Max open files            1024                 524288               files     ", 1024],
  ["Max open files            unlimited            unlimited            files     ", Infinity],
  ["Max processes             95000                95000                processes ", null],
])("%j allows %j", async (line, files) => {
  const path = join(folder, "limits");
  await writeFile(
    path,
    `Limit                     Soft Limit           Hard Limit           Units     \n${line}\nMax locked memory 8388608 8388608 bytes\n`,
  );
  expect(openFileLimit(path)).toBe(files);
});

test("a system without such a file does not say", () => {
  expect(openFileLimit(join(folder, "none"))).toBeNull();
});
