import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { fileSystem } from "../../server/config/file-system.ts";
import { loadSettings } from "../../server/config/load.ts";
import { renderSettings } from "../../server/config/render.ts";

const dir = mkdtempSync(join(tmpdir(), "users-"));
afterAll(() => rmSync(dir, { recursive: true }));
const HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

function load(users: string, mode = 0o600) {
  const [config, file] = [join(dir, "haprobe.yaml"), join(dir, "users.yaml")];
  rmSync(file, { force: true });
  writeFileSync(file, users, { mode });
  writeFileSync(config, "auth: {users-file: users.yaml}\n");
  const loaded = loadSettings({ haproxy: [], file: config, ...fileSystem, env: {}, cwd: dir });
  return { loaded, errors: loaded.kind === "broken" ? loaded.errors.map(({ message }) => message) : [] };
}

describe("a file of users", () => {
  test("has names, roles, hashes and what each sees; it is watched, and never printed", () => {
    const { loaded } = load(`- {name: mara, role: operator, password-hash: "${HASH}", teams: [web]}\n`);
    if (loaded.kind === "broken") throw new Error(JSON.stringify(loaded.errors));
    const { auth } = loaded.settings;
    expect(auth.users).toEqual([
      { name: "mara", role: "operator", passwordHash: HASH, instances: null, teams: ["web"] },
    ]);
    expect(auth.reading).toBe("signed-in");
    expect(loaded.watched).toContain(auth.usersFile);
    expect(renderSettings(loaded.settings)).not.toContain("argon2id");
  });

  test.each([0o604, 0o602, 0o666])("that others can read or write is refused: mode %o", (mode) => {
    // The mask of the process takes bits from the mode of a new file.
    const mask = process.umask(0);
    const { errors } = load("[]", mode);
    process.umask(mask);
    expect(errors).toEqual([
      "auth.users-file names a file that can be read or written by every user; expected mode 640 or less",
    ]);
  });

  test.each([
    ["that is no list", "mara: x", "expected a list of users"],
    [
      "with a name twice",
      `[{name: a, role: viewer, password-hash: "${HASH}"}, {name: a, role: viewer, password-hash: "${HASH}"}]`,
      "a is there twice",
    ],
    [
      "with a password in the clear",
      "[{name: a, role: viewer, password-hash: secret}]",
      "expected a line that haprobe config hash-password prints",
    ],
    [
      "whose hash takes a gigabyte",
      `[{name: a, role: viewer, password-hash: "${HASH.replace("m=19456", "m=1048576")}"}]`,
      "with at most m=65536",
    ],
    ["without a role", `[{name: a, password-hash: "${HASH}"}]`, "role"],
  ])("%s is refused", (_what, text, expected) => {
    expect(load(text).errors.join()).toContain(expected);
  });
});

test("a file of users that is not there is refused", () => {
  writeFileSync(join(dir, "haprobe.yaml"), "auth: {users-file: missing.yaml}\n");
  expect(loadSettings({ haproxy: [], file: join(dir, "haprobe.yaml"), ...fileSystem, env: {}, cwd: dir }).kind).toBe(
    "broken",
  );
});
