import { expect, test } from "vitest";
import { startApiServer } from "../../demo/stand-in/api-server.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { systemClock } from "../../server/clock.ts";
import type { Target } from "../../server/contract/target.ts";
import type { RawProbeResult } from "../../server/probe/probe-completion.ts";
import { createDetectedTargets, isTlsPortError } from "../../server/probe/detected-targets.ts";
import { createProbe } from "../../server/probe/prober.ts";
import { makeAuthority } from "../support/certificates.ts";
import { probeTargetWith } from "./probe-target.ts";
import { startRawServer } from "./raw-server.ts";
import { makeTarget } from "./make-target.ts";

/** One probe that is used again and again, as the scheduler does. */
function reusedProbe(): (target: Target) => Promise<RawProbeResult> {
  const probe = createProbe({ clock: systemClock });
  return async (target) => {
    const completion = await probeTargetWith(probe, target, systemClock);
    if (completion.kind !== "result") throw new Error(completion.kind);
    return completion.result;
  };
}

test("a guessed target that says it speaks TLS is asked by https at once and from then on", async () => {
  await using server = await startApiServer({ tls: await (await makeAuthority()).issue({ names: ["127.0.0.1"] }) });
  const guess = makeTarget({ port: server.port, guessed: true });
  const ask = reusedProbe();
  expect(await ask(guess)).toMatchObject({ outcome: "passed", url: `https://127.0.0.1:${server.port}/readyz` });
  expect(server.requests.connections).toBe(2);
  await ask(guess);
  expect(server.requests.connections).toBe(3);
});

test("a rule that a user wrote is taken at its word", async () => {
  await using server = await startApiServer({ tls: await (await makeAuthority()).issue({ names: ["127.0.0.1"] }) });
  expect(await reusedProbe()(makeTarget({ port: server.port }))).toMatchObject({
    fault: "probe-unexpected-status",
    httpStatus: 400,
    url: `http://127.0.0.1:${server.port}/readyz`,
  });
});

test("a port that goes back to plain HTTP is found out by the second probe", async () => {
  const ask = reusedProbe();
  const files = await (await makeAuthority()).issue({ names: ["127.0.0.1"] });
  const overTls = await startApiServer({ tls: files });
  const guess = makeTarget({ port: overTls.port, guessed: true });
  await ask(guess);
  await overTls.close();
  await using _plain = await startApiServer({ tls: null, port: overTls.port });
  expect((await ask(guess)).fault).toBe("probe-tls-failed");
  expect(await ask(guess)).toMatchObject({ outcome: "passed", url: `http://127.0.0.1:${overTls.port}/readyz` });
});

test("a port that is silent when it is asked again over TLS runs into the same deadline", async () => {
  await using server = await startRawServer((socket, request) => {
    if (!request.startsWith("GET ")) return;
    socket.end("HTTP/1.1 400 Bad\r\ncontent-length: 46\r\n\r\nClient sent an HTTP request to an HTTPS server");
  });
  expect(await reusedProbe()(makeTarget({ port: server.port, guessed: true, timeoutMs: 150 }))).toMatchObject({
    kind: "timed-out",
    stage: "tls",
    url: `https://127.0.0.1:${server.port}/readyz`,
  });
});

test("what was detected is bounded: the oldest goes first", () => {
  const detected = createDetectedTargets(2);
  for (const key of ["a", "b", "c"]) detected.add(key);
  expect(["a", "b", "c"].map((key) => detected.has(key))).toEqual([false, true, true]);
  const all = createDetectedTargets();
  for (let n = 0; n <= BOUNDS.serversMax; n += 1) all.add(`t${n}`);
  expect(["t0", "t1"].map((key) => all.has(key))).toEqual([false, true]);
});

test.each([
  ["Go", 400, "Client sent an HTTP request to an HTTPS server.\n", true],
  ["nginx", 400, "<center>The plain HTTP request was sent to HTTPS port</center>", true],
  ["Apache", 400, "Reason: You're speaking plain HTTP to an SSL-enabled server port.", true],
  ["some other bad request", 400, "Bad Request", false],
  ["a page about it", 200, "Client sent an HTTP request to an HTTPS server.\n", false],
])("the sentence of %s", (_who, status, body, says) => {
  expect(isTlsPortError(status, body)).toBe(says);
});
