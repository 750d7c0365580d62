import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { fileSystem } from "../../server/config/file-system.ts";
import { errorCode } from "../../server/config/find-config-file.ts";

const folder = mkdtempSync(join(tmpdir(), "haprobe-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

function codeOf(path: string): string {
  try {
    fileSystem.readFile(path);
    return "";
  } catch (error) {
    return errorCode(error);
  }
}

describe("a file of the configuration", () => {
  test("is read as UTF-8 up to its limit", () => {
    const path = join(folder, "largest");
    writeFileSync(path, "ä".repeat(BOUNDS.configFileMaxBytes / 2));
    expect(fileSystem.readFile(path)).toHaveLength(BOUNDS.configFileMaxBytes / 2);
  });

  test("that is larger than its limit is refused", () => {
    const path = join(folder, "larger");
    writeFileSync(path, "x".repeat(BOUNDS.configFileMaxBytes + 1));
    expect(codeOf(path)).toBe("EFBIG");
  });

  test("that is a FIFO without a writer is refused at once", () => {
    const path = join(folder, "fifo");
    execFileSync("mkfifo", [path]);
    expect(codeOf(path)).toBe("ENOTREG");
  });

  test("that is an endless device, a folder or absent is refused", () => {
    expect(codeOf("/dev/zero")).toBe("ENOTREG");
    expect(codeOf(folder)).toBe("EISDIR");
    expect(codeOf(join(folder, "none"))).toBe("ENOENT");
  });
});

test("the real path follows links, also where the file itself does not exist yet", () => {
  mkdirSync(join(folder, "real"));
  symlinkSync(join(folder, "real"), join(folder, "link"));
  expect(fileSystem.realPath(join(folder, "link", "new.pem"))).toBe(
    join(fileSystem.realPath(folder), "real", "new.pem"),
  );
});
