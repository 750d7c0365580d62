import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createAccessGuard, type WriteRequest } from "../../server/access/access-guard.ts";
import { Tokens } from "../../server/access/tokens.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { TokenSettings } from "../../server/contract/settings.ts";
import { FakeClock } from "../support/fake-clock.ts";

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
  { name: "ci", role: "operator", tokenFile: tokenFile("ci", `${OPERATOR}\n`) },
  { name: "wall", role: "viewer", tokenFile: tokenFile("wall", VIEWER) },
];

describe("a token", () => {
  test("has the name and the role of its entry, whatever the case of the scheme and the line end of the file", () => {
    const tokens = new Tokens(new FakeClock(), settings);
    expect(tokens.authenticate(`Bearer ${OPERATOR}`)).toMatchObject({ name: "ci", role: "operator" });
    expect(tokens.authenticate(`bearer  ${VIEWER}`)).toMatchObject({ name: "wall", role: "viewer" });
  });

  test.each([
    undefined,
    "",
    "Bearer",
    `Basic ${OPERATOR}`,
    OPERATOR,
    `Bearer ${OPERATOR}x`,
    `Bearer ${OPERATOR} x`,
    `Bearer ${"x".repeat(10_000)}`,
  ])("is unknown: %s", (header) => expect(new Tokens(new FakeClock(), settings).authenticate(header)).toBeNull());

  test("is read again within a second after its file changed", async () => {
    const clock = new FakeClock();
    const path = tokenFile("rotated", OPERATOR);
    const tokens = new Tokens(clock, [{ name: "ci", role: "operator", tokenFile: path }]);
    expect(tokens.authenticate(`Bearer ${OPERATOR}`)).not.toBeNull();
    writeFileSync(path, `${OPERATOR}-2`);
    await clock.advance(BOUNDS.tokenFileCheckEveryMs);
    expect(tokens.authenticate(`Bearer ${OPERATOR}`)).toBeNull();
    expect(tokens.authenticate(`Bearer ${OPERATOR}-2`)).not.toBeNull();
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
    const broken: TokenSettings = { name: "broken", role: "operator", tokenFile: makeFile() };
    const tokens = new Tokens(new FakeClock(), [broken, ...settings]);
    for (const text of ["", "secret", "x".repeat(BOUNDS.tokenMaxChars)]) {
      expect(tokens.authenticate(`Bearer ${text}`)).toBeNull();
    }
    expect(tokens.authenticate(`Bearer ${OPERATOR}`)).toMatchObject({ name: "ci" });
  });

  test("of other settings counts at once after a reload", () => {
    const tokens = new Tokens(new FakeClock(), settings);
    tokens.configure([settings[1]!]);
    expect(tokens.authenticate(`Bearer ${OPERATOR}`)).toBeNull();
    expect(tokens.authenticate(`Bearer ${VIEWER}`)).toMatchObject({ name: "wall" });
  });
});

describe("a write with tokens configured", () => {
  const guardOf = (listenHost: string) =>
    createAccessGuard({ listenHost, publicUrl: null, allowedHosts: [], tokens: new Tokens(new FakeClock(), settings) });
  const write = (authorization?: string): WriteRequest => ({
    method: "POST",
    host: "127.0.0.1",
    origin: undefined,
    contentType: "application/json",
    authorization,
    isForwarded: true,
  });

  test.each(["127.0.0.1", "0.0.0.0"])("needs that of an operator on %s, through a proxy as well", (listenHost) => {
    const guard = guardOf(listenHost);
    expect(guard.checkWrite(write())).toMatchObject({ ok: false, status: 401 });
    expect(guard.checkWrite(write("Bearer other-token-0123456789"))).toMatchObject({ ok: false, status: 401 });
    expect(guard.checkWrite(write(`Bearer ${VIEWER}`))).toMatchObject({ ok: false, status: 403 });
    expect(guard.checkWrite(write(`Bearer ${OPERATOR}`))).toMatchObject({ ok: true, holder: { name: "ci" } });
  });

  test("needs JSON and the own origin all the same", () => {
    const guard = guardOf("0.0.0.0");
    const operator = write(`Bearer ${OPERATOR}`);
    expect(guard.checkWrite({ ...operator, contentType: "text/plain" })).toMatchObject({ status: 415 });
    expect(guard.checkWrite({ ...operator, origin: "http://evil.example" })).toMatchObject({ status: 403 });
  });

  test("is no read: those need no token", () => {
    expect(guardOf("0.0.0.0").checkWrite({ ...write(), method: "GET" })).toEqual({ ok: true, holder: null });
  });
});
