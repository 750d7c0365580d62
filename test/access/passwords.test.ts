import { describe, expect, test } from "vitest";
import { hashPassword, verifyPassword } from "../../server/access/password-hash.ts";
import { Passwords } from "../../server/access/passwords.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { parsePasswordHash } from "../../server/contract/password-hash.ts";
import { userSettings } from "./auth-settings.ts";

/** Of Argon2's reference program: `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1`. */
const REFERENCE = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

describe("a password's hash", () => {
  test("is Argon2id in the PHC string format, which others read as well", async () => {
    const hash = parsePasswordHash(REFERENCE);
    if (hash === null) throw new Error("not read");
    expect(await verifyPassword("password", hash)).toBe(true);
    expect(await verifyPassword("Password", hash)).toBe(false);
  });

  test("has a salt of its own, and fits the password alone, whatever keyboard composed it", async () => {
    const [one, other] = [await hashPassword("schönes Wetter"), await hashPassword("schönes Wetter")];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
    const hash = parsePasswordHash(one);
    if (hash === null) throw new Error("not read");
    expect(await verifyPassword("scho\u0308nes Wetter", hash)).toBe(true);
    expect(await verifyPassword("schones Wetter", hash)).toBe(false);
  });

  test.each([
    "",
    "secret",
    "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    `${REFERENCE}=`,
  ])("is none: %s", (text) => expect(parsePasswordHash(text)).toBeNull());
});

describe("a sign-in", () => {
  const mara = userSettings({ name: "mara", passwordHash: REFERENCE });

  test("is right for a user with the password, and wrong alike for all else", async () => {
    const users = new Passwords([mara]);
    expect(await users.check("mara", "password")).toEqual({ kind: "right", user: mara });
    expect(await users.check("mara", "passwor")).toEqual({ kind: "wrong" });
    expect(await users.check("unknown", "password")).toEqual({ kind: "wrong" });
  });

  test("of an unknown user is verified with the same parameters, so that it takes the same time", async () => {
    const costs: string[] = [];
    const users = new Passwords([mara], async (_password, { memoryKiB, passes, parallelism }) => {
      costs.push(`${memoryKiB} ${passes} ${parallelism}`);
      return true;
    });
    expect(await users.check("mara", "x")).toMatchObject({ kind: "right" });
    expect(await users.check("unknown", "x")).toEqual({ kind: "wrong" });
    expect(costs).toEqual(["65536 2 1", "65536 2 1"]);
  });

  test("verifies few passwords at once, and refuses those that too many wait before", async () => {
    let running = 0;
    let most = 0;
    const finish: (() => void)[] = [];
    const users = new Passwords([mara], async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => finish.push(resolve));
      running -= 1;
      return true;
    });
    const admitted = BOUNDS.passwordHashesMax + BOUNDS.passwordsWaitingMax;
    const checks = Array.from({ length: admitted }, () => users.check("mara", "x"));
    expect(await users.check("mara", "x")).toEqual({ kind: "busy" });
    for (let finished = 0; finished < admitted; finished += 1) {
      finish.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await Promise.all(checks)).toEqual(Array.from({ length: admitted }, () => ({ kind: "right", user: mara })));
    expect(most).toBe(BOUNDS.passwordHashesMax);
    const next = users.check("mara", "x");
    await new Promise((resolve) => setImmediate(resolve));
    finish.shift()?.();
    expect(await next).toMatchObject({ kind: "right" });
  });
});
