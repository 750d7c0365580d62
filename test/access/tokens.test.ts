import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { ANONYMOUS } from "../../server/access/admit.ts";
import { GrantWatch } from "../../server/access/grant-watch.ts";
import { Tokens } from "../../server/access/tokens.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { type Scope, SCOPES } from "../../server/contract/principal.ts";
import type { TokenSettings } from "../../server/contract/settings.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { accessRequest } from "./access-request.ts";
import { authSettings, tokenSettings } from "./auth-settings.ts";

const dir = mkdtempSync(join(tmpdir(), "tokens-"));
afterAll(() => rmSync(dir, { recursive: true }));

const OPERATOR = "operator-token-0123456789";
const VIEWER = "viewer-token-0123456789";

function tokenFile(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const settings: readonly TokenSettings[] = [
  tokenSettings({ name: "ci", role: "operator", tokenFile: tokenFile("ci", `${OPERATOR}\n`) }),
  tokenSettings({ name: "wall", role: "viewer", tokenFile: tokenFile("wall", VIEWER) }),
];

/** Whose token a header carries; null for none that is known. */
function nameOf(tokens: Tokens, authorization: string): string | null {
  const identity = tokens.identify({ authorization });
  return identity.kind === "known" ? identity.principal.name : null;
}

describe("a token", () => {
  test("has the name and the role of its entry, whatever the case of the scheme and the line end of the file", () => {
    const tokens = new Tokens(new FakeClock(), authSettings(settings));
    expect(tokens.identify({ authorization: `Bearer ${OPERATOR}` })).toMatchObject({
      principal: { name: "ci", role: "operator" },
    });
    expect(tokens.identify({ authorization: `bearer  ${VIEWER}` })).toMatchObject({
      principal: { name: "wall", role: "viewer" },
    });
  });

  test.each([
    "",
    "Bearer",
    `Basic ${OPERATOR}`,
    OPERATOR,
    `Bearer ${OPERATOR}x`,
    `Bearer ${OPERATOR} x`,
    `Bearer ${"x".repeat(10_000)}`,
  ])("is unknown, and refused: %s", (authorization) => {
    const tokens = new Tokens(new FakeClock(), authSettings(settings));
    expect(tokens.identify({ authorization })).toMatchObject({ kind: "refused" });
  });

  test("is read again within a second after its file changed", async () => {
    const clock = new FakeClock();
    const path = tokenFile("rotated", OPERATOR);
    const tokens = new Tokens(clock, authSettings([tokenSettings({ name: "ci", role: "operator", tokenFile: path })]));
    expect(nameOf(tokens, `Bearer ${OPERATOR}`)).not.toBeNull();
    writeFileSync(path, `${OPERATOR}-2`);
    await clock.advance(BOUNDS.tokenFileCheckEveryMs);
    expect(nameOf(tokens, `Bearer ${OPERATOR}`)).toBeNull();
    expect(nameOf(tokens, `Bearer ${OPERATOR}-2`)).not.toBeNull();
  });

  test.each([
    ["is missing", () => join(dir, "missing")],
    ["is a folder", () => dir],
    ["is empty", () => tokenFile("empty", "")],
    ["holds a text that can be guessed", () => tokenFile("short", "secret")],
    ["is larger than a token", () => tokenFile("large", "x".repeat(BOUNDS.tokenMaxChars + 1))],
    [
      "is a FIFO",
      () => {
        const path = join(dir, "fifo");
        spawnSync("mkfifo", [path]);
        return path;
      },
    ],
  ])("permits nothing where its file %s, and the others go on", (_why, makeFile) => {
    const broken = tokenSettings({ name: "broken", role: "operator", tokenFile: makeFile() });
    const tokens = new Tokens(new FakeClock(), authSettings([broken, ...settings]));
    for (const text of ["", "secret", "x".repeat(BOUNDS.tokenMaxChars)]) {
      expect(nameOf(tokens, `Bearer ${text}`)).toBeNull();
    }
    expect(nameOf(tokens, `Bearer ${OPERATOR}`)).toBe("ci");
  });

  test("of other settings counts at once after a reload", () => {
    const tokens = new Tokens(new FakeClock(), authSettings(settings));
    tokens.configure(authSettings([settings[1]!]));
    expect(nameOf(tokens, `Bearer ${OPERATOR}`)).toBeNull();
    expect(nameOf(tokens, `Bearer ${VIEWER}`)).toBe("wall");
  });
});

describe("a token by its hash", () => {
  const tokenHash = `sha256:${createHash("sha256").update(OPERATOR).digest("hex")}`;

  test.each([
    ["in the configuration", () => ({ tokenHash })],
    ["in a file", () => ({ tokenFile: tokenFile("hashed", `${tokenHash}\n`) })],
  ])("%s is known by the token, and the hash itself is none", (_where, place) => {
    const entry = tokenSettings({ name: "ci", scopes: ["read"], ...place() });
    const tokens = new Tokens(new FakeClock(), authSettings([entry]));
    expect(nameOf(tokens, `Bearer ${OPERATOR}`)).toBe("ci");
    expect(nameOf(tokens, `Bearer ${tokenHash}`)).toBeNull();
    expect(nameOf(tokens, `Bearer ${tokenHash.slice("sha256:".length)}`)).toBeNull();
  });
});

describe("with tokens configured", () => {
  const guardOf = (listenHost: string, entries = settings, reading: "open" | "signed-in" = "open") => {
    const clock = new FakeClock();
    const tokens = new Tokens(clock, authSettings(entries, reading));
    return { clock, tokens, ...createAccessGuard({ listenHost, publicUrl: null, allowedHosts: [], tokens }) };
  };
  const write = (authorization?: string) =>
    accessRequest({ method: "POST", contentType: "application/json", authorization, isForwarded: true });

  test.each(["127.0.0.1", "0.0.0.0"])(
    "a write needs that of an operator on %s, through a proxy as well",
    async (host) => {
      const { admit } = guardOf(host);
      expect(await admit(write(), "write")).toMatchObject({ ok: false, status: 401 });
      expect(await admit(write("Bearer other-token-0123456789"), "write")).toMatchObject({ ok: false, status: 401 });
      expect(await admit(write(`Bearer ${VIEWER}`), "write")).toMatchObject({ ok: false, status: 403 });
      expect(await admit(write(`Bearer ${OPERATOR}`), "write")).toMatchObject({ ok: true, principal: { name: "ci" } });
    },
  );

  test("a write needs JSON and the own origin all the same", async () => {
    const { admit } = guardOf("0.0.0.0");
    const operator = write(`Bearer ${OPERATOR}`);
    expect(await admit({ ...operator, contentType: "text/plain" }, "write")).toMatchObject({ status: 415 });
    expect(await admit({ ...operator, origin: "http://evil.example" }, "write")).toMatchObject({ status: 403 });
  });

  test.each(["read", "stream", "metrics"] as const)(
    "%s needs one where reading is for those who signed in",
    async (scope) => {
      const request = accessRequest({});
      expect(await guardOf("127.0.0.1").admit(request, scope)).toMatchObject({ ok: true });
      const { admit } = guardOf("127.0.0.1", settings, "signed-in");
      expect(await admit(request, scope)).toMatchObject({ ok: false, status: 401 });
      const viewer = { ...request, authorization: `Bearer ${VIEWER}` };
      expect(await admit(viewer, scope)).toMatchObject({ ok: true, principal: { name: "wall", via: "token" } });
    },
  );

  test("one that is unknown is refused, also where reading is open", async () => {
    const request = accessRequest({ authorization: "Bearer other-token-0123456789" });
    expect(await guardOf("127.0.0.1").admit(request, "read")).toMatchObject({ ok: false, status: 401 });
  });

  test.each(SCOPES)("one with the scope %s alone is good for nothing else", async (scope) => {
    const entry = tokenSettings({ name: "one", scopes: [scope], tokenFile: tokenFile(`scope-${scope}`, OPERATOR) });
    const { admit } = guardOf("127.0.0.1", [entry], "signed-in");
    const methodOf = (each: Scope) => (each === "write" || each === "admin" || each === "ingest" ? "POST" : "GET");
    for (const each of SCOPES) {
      const request = { ...write(`Bearer ${OPERATOR}`), method: methodOf(each) };
      const expected = each === scope ? { ok: true } : { ok: false, status: 403 };
      expect(await admit(request, each)).toMatchObject(expected);
    }
  });

  test("one that has expired is refused, and what it opened ends", async () => {
    const entry = settings.map((each) => ({ ...each, expires: new FakeClock().wall() + 60_000 }));
    const { admit, clock } = guardOf("127.0.0.1", entry);
    const request = accessRequest({ authorization: `Bearer ${VIEWER}` });
    const grant = await admit(request, "stream");
    if (!grant.ok) throw new Error(grant.detail);
    expect(grant.isHeld()).toBe(true);
    await clock.advance(60_000);
    expect(grant.isHeld()).toBe(false);
    expect(await admit(request, "stream")).toMatchObject({ ok: false, status: 401 });
  });

  test("what one opened ends with its entry, with a change of its role, and with the auth that let strangers read", async () => {
    const { admit, tokens } = guardOf("127.0.0.1");
    const viewer = await admit(accessRequest({ authorization: `Bearer ${VIEWER}` }), "stream");
    const stranger = await admit(accessRequest({}), "stream");
    if (!viewer.ok || !stranger.ok) throw new Error("refused");
    tokens.configure(authSettings(settings));
    expect([viewer.isHeld(), stranger.isHeld()]).toEqual([true, true]);
    tokens.configure(authSettings([settings[0]!, { ...settings[1]!, instances: ["lb-1"] }], "signed-in"));
    expect([viewer.isHeld(), stranger.isHeld()]).toEqual([false, false]);
  });
});

test("what is watched ends within a second once its grant is not held, and only that", async () => {
  const clock = new FakeClock();
  const watch = new GrantWatch(clock);
  const ended: string[] = [];
  let isHeld = true;
  const grant = { ok: true, principal: ANONYMOUS, isHeld: () => isHeld } as const;
  watch.watch(grant, () => ended.push("one"));
  watch.watch({ ...grant, isHeld: () => true }, () => ended.push("other"));
  watch.watch(grant, () => ended.push("left"))();
  await clock.advance(10_000);
  isHeld = false;
  await clock.advance(1_000);
  expect(ended).toEqual(["one"]);
  watch.stop();
});
