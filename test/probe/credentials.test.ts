import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiServer, type ApiServerOptions, startApiServer } from "../../demo/stand-in/api-server.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { CredentialsPolicy, Target } from "../../server/contract/target.ts";
import { type WithheldReason, withheldText } from "../../server/probe/credentials.ts";
import type { RawProbeResult } from "../../server/probe/probe-completion.ts";
import { createProbe } from "../../server/probe/prober.ts";
import { type CertificateFiles, makeAuthority } from "../support/certificates.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { probeTargetWith } from "./probe-target.ts";
import { makeTarget, type TargetOverrides } from "./make-target.ts";

const TOKEN = "abc.DEF-123";
let folder: string;
let tokenFile: string;
let caFile: string;
let files: CertificateFiles;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-token-"));
  tokenFile = join(folder, "token");
  caFile = join(folder, "ca.pem");
  files = await (await makeAuthority()).issue({ names: ["127.0.0.1"] });
  await writeFile(tokenFile, `${TOKEN}\n`);
  await writeFile(caFile, files.ca);
});
afterAll(() => rm(folder, { recursive: true }));

/** A stand-in that wants the token, and what it was sent. */
async function startGuarded(
  tls: ApiServerOptions["tls"],
): Promise<{ server: ApiServer; sent: (string | undefined)[] }> {
  const sent: (string | undefined)[] = [];
  const server = await startApiServer({
    tls,
    mode: { kind: "needs-token", token: TOKEN },
    onRequest: ({ headers }) => sent.push(headers.authorization),
  });
  return { server, sent };
}

async function probeWithheld(target: Target): Promise<{ result: RawProbeResult; withheld: WithheldReason | null }> {
  const clock = new FakeClock();
  const completion = await probeTargetWith(createProbe({ clock }), target, clock);
  if (completion.kind !== "result") throw new Error(completion.kind);
  return { result: completion.result, withheld: completion.withheld ?? null };
}

type Row = readonly [
  rule: string,
  over: "http" | "https",
  tls: TargetOverrides["tls"],
  sendTo: CredentialsPolicy["sendTo"],
  why: WithheldReason | null,
];

test.each<Row>([
  ["an allowed address gets them over plain HTTP", "http", {}, "allowed-address", null],
  ["an allowed address gets them unverified", "https", { verify: false }, "allowed-address", null],
  ["a peer verified by the rule's own CA gets them", "https", { verify: true }, "verified-peer", null],
  ["plain HTTP has no verified peer", "http", { verify: true }, "verified-peer", "peer-not-verified"],
  ["a peer that is not verified gets none", "https", { verify: false }, "verified-peer", "peer-not-verified"],
  ["a policy of `never` sends none, verified or not", "https", { verify: true }, "never", "not-allowed"],
])("%s", async (_rule, scheme, tls, sendTo, why) => {
  const { server, sent } = await startGuarded(scheme === "https" ? files : null);
  await using _server = server;
  const target = makeTarget({
    port: server.port,
    probe: { scheme },
    tls: { caFile, ...tls },
    credentials: { bearerTokenFile: tokenFile, sendTo },
  });
  const { result, withheld } = await probeWithheld(target);
  expect(sent).toEqual([why === null ? `Bearer ${TOKEN}` : undefined]);
  expect(withheld).toBe(why);
  expect(result.outcome).toBe(why === null ? "passed" : "denied");
  expect(result.detail).toBe(why === null ? "" : `401 Unauthorized; ${withheldText(why)}`);
});

test("a server that fails to verify gets no request", async () => {
  const unknownServer = await (await makeAuthority("unknown")).issue({ names: ["127.0.0.1"] });
  const { server, sent } = await startGuarded(unknownServer);
  await using _server = server;
  const credentials = { bearerTokenFile: tokenFile, sendTo: "allowed-address" } as const;
  const target = makeTarget({
    port: server.port,
    probe: { scheme: "https" },
    tls: { verify: true, caFile },
    credentials,
  });
  expect((await probeWithheld(target)).result.fault).toBe("probe-untrusted");
  expect(sent).toEqual([]);
});

test.each([
  ["a token with a line break in it", "abc\r\nx-admin: 1", "malformed"],
  ["an empty token", "\n", "malformed"],
  ["a token of other than ASCII", "tökén", "malformed"],
  ["a token that is some other, long file", "x".repeat(20_000), "malformed"],
  ["a token file that is not there", null, "unreadable"],
])("%s is not sent", async (rule, content, why) => {
  const path = join(folder, rule.replaceAll(" ", "-"));
  if (content !== null) await writeFile(path, content);
  const { server, sent } = await startGuarded(null);
  await using _server = server;
  const credentials = { bearerTokenFile: path, sendTo: "allowed-address" } as const;
  const { withheld } = await probeWithheld(makeTarget({ port: server.port, credentials }));
  expect(sent).toEqual([undefined]);
  expect(withheld).toBe(why);
});

test("a token that is rotated is sent from the next second on", async () => {
  const path = join(folder, "rotated");
  await writeFile(path, "old");
  const { server, sent } = await startGuarded(null);
  await using _server = server;
  const clock = new FakeClock();
  const probe = createProbe({ clock });
  const credentials = { bearerTokenFile: path, sendTo: "allowed-address" } as const;
  const target = makeTarget({ port: server.port, credentials });
  await probeTargetWith(probe, target, clock);
  await writeFile(path, TOKEN);
  await clock.advance(BOUNDS.probeFileCheckEveryMs);
  await probeTargetWith(probe, target, clock);
  expect(sent).toEqual(["Bearer old", `Bearer ${TOKEN}`]);
});

test("a server that echoes the token does not get it into the result", async () => {
  const location = `/login?token=${TOKEN}`;
  await using server = await startApiServer({
    tls: null,
    mode: { kind: "status", status: 302, body: `you sent Bearer ${TOKEN}!`, headers: { location } },
  });
  const credentials = { bearerTokenFile: tokenFile, sendTo: "allowed-address" } as const;
  const { result } = await probeWithheld(makeTarget({ port: server.port, credentials }));
  expect(result.body).toBe("you sent Bearer [redacted]!");
  expect(JSON.stringify(result)).not.toContain(TOKEN);
});

describe("a name and a password", () => {
  const passwordFile = (): string => join(folder, "password");
  const login = (sendTo: CredentialsPolicy["sendTo"]): Partial<CredentialsPolicy> => ({
    basic: { username: "prøbe", passwordFile: passwordFile() },
    sendTo,
  });

  test("are sent by the Basic scheme in UTF-8, the password without the end of its line only", async () => {
    await writeFile(passwordFile(), " pa:ss wörd \r\n");
    const { server, sent } = await startGuarded(null);
    await using _server = server;
    await probeWithheld(makeTarget({ port: server.port, credentials: login("allowed-address") }));
    const [scheme, encoded = ""] = sent[0]?.split(" ") ?? [];
    expect(scheme).toBe("Basic");
    expect(Buffer.from(encoded, "base64").toString()).toBe("prøbe: pa:ss wörd ");
  });

  test("go where a token may go, and nowhere else", async () => {
    await writeFile(passwordFile(), "secret");
    const { server, sent } = await startGuarded(null);
    await using _server = server;
    const { result, withheld } = await probeWithheld(
      makeTarget({ port: server.port, credentials: login("verified-peer") }),
    );
    expect(sent).toEqual([undefined]);
    expect(withheld).toBe("peer-not-verified");
    expect(result.detail).toBe(`401 Unauthorized; ${withheldText("peer-not-verified")}`);
  });

  test.each([
    ["an empty password", ""],
    ["a password with a line break in it", "a\nb"],
    ["a password with a control character", "a\u0007b"],
  ])("%s is not sent", async (_rule, content) => {
    await writeFile(passwordFile(), content);
    const { server, sent } = await startGuarded(null);
    await using _server = server;
    const { withheld } = await probeWithheld(makeTarget({ port: server.port, credentials: login("allowed-address") }));
    expect(sent).toEqual([undefined]);
    expect(withheld).toBe("malformed");
  });

  test("that a server echoes do not get into the result, encoded or not", async () => {
    await writeFile(passwordFile(), "hunter2");
    const encoded = Buffer.from("prøbe:hunter2").toString("base64");
    await using server = await startApiServer({
      tls: null,
      mode: { kind: "status", status: 200, body: `Basic ${encoded}, hunter2` },
    });
    const { result } = await probeWithheld(makeTarget({ port: server.port, credentials: login("allowed-address") }));
    expect(result.body).toBe("Basic [redacted], [redacted]");
  });
});

test("a pass without the credentials of the rule says so too", async () => {
  await using server = await startApiServer({ tls: null });
  const credentials = { bearerTokenFile: tokenFile, sendTo: "never" } as const;
  const { result } = await probeWithheld(makeTarget({ port: server.port, credentials }));
  expect(result).toMatchObject({ outcome: "passed", fault: null, detail: withheldText("not-allowed") });
});
