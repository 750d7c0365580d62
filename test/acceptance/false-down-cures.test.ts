import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HttpProbe } from "../../server/contract/target.ts";
import type { ServerView } from "../../server/contract/view.ts";
import { type FalseDownInput, connectCure, redirectCheck, requestCure, restoreUnchecked } from "../../server/judge/false-down-cure.ts";
import { haproxyView, TARGET } from "../support/judge-harness.ts";
import { freePort, haproxyBinaries, type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";

const TOKEN = "a-token-of-the-check";
const PROBE: HttpProbe = { ...(TARGET.probe as HttpProbe), scheme: "http", path: "/healthz", hostHeader: "shop" };
const WITHIN_MS = 10_000;

/** Only a GET of the health path with the token is answered well. */
const server = createServer((request, response) => {
  const isWell = request.method === "GET" && request.url === "/healthz" && request.headers.host === "shop";
  response.statusCode = isWell && request.headers.authorization === `Bearer ${TOKEN}` ? 200 : 401;
  response.end();
});
let port = 0;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function input(check: string, view: Partial<ServerView> = {}): FalseDownInput {
  return {
    view: haproxyView("DOWN", check, {
      backend: "shop",
      server: "s1",
      address: { kind: "ip", host: "127.0.0.1", port },
      ...view,
    }),
    target: {
      ...TARGET,
      probe: PROBE,
      credentials: { bearerTokenFile: "/t", basic: null, clientCertificate: null, sendTo: "allowed-address" },
    },
    otherPort: null,
    isConfirmed: true,
    isPathProven: true,
  };
}

function config(lines: readonly string[], options: string, global: readonly string[] = []): string {
  return [
    ...(global.length === 0 ? [] : ["global", ...global.map((line) => `  ${line}`)]),
    "defaults",
    "  mode http",
    "  timeout connect 2s",
    "  timeout client 5s",
    "  timeout server 5s",
    "backend shop",
    ...lines.map((line) => `  ${line}`),
    `  server s1 127.0.0.1:${port} check inter 100ms rise 1 fall 1 ${options}`,
  ].join("\n");
}

/** Waits until the server's status begins with this word. */
async function untilStatus(haproxy: RealHaproxy, status: string): Promise<void> {
  for (const deadline = performance.now() + WITHIN_MS; performance.now() < deadline; await pause(20)) {
    const row = (await haproxy.command("show stat")).split("\n").find((line) => line.startsWith("shop,s1,"));
    // A server is UP by default until its first check.
    if (row?.split(",")[17]?.startsWith(status) === true && !row.includes(",INI,")) return;
  }
  throw new Error(`not ${status}`);
}

const commandOf = (advice: string): string => /^Mitigate: (set server .*?)\. /.exec(advice)?.[1] ?? "";

describe.each(haproxyBinaries())("what is advised for a false-down, before $name", ({ binary }) => {
  const start = (text: string): Promise<RealHaproxy> =>
    startHaproxy({ config: text, ...(binary === undefined ? {} : { binary }) });

  test("the command takes a server in whose check is denied, and it is not checked any more", async () => {
    await using haproxy = await start(config(["option httpchk"], ""));
    await untilStatus(haproxy, "DOWN");
    await haproxy.command(commandOf(restoreUnchecked(input("L7STS/401"))));
    await untilStatus(haproxy, "no check");
  });

  test("the lines give the check its credentials, and are refused where HAProxy has none", async () => {
    const lines = requestCure(input("L7STS/401"));
    await using haproxy = await start(config(lines, "", [`setenv HEALTH_CHECK_TOKEN ${TOKEN}`]));
    await untilStatus(haproxy, "UP");
    await expect(start(config(lines, ""))).rejects.toThrow(/HEALTH_CHECK_TOKEN is not set/);
  });

  test("a check of a port on which nothing listens is sent to the traffic's, now and for good", async () => {
    const wrong = await freePort();
    const request = requestCure(input("L7STS/401"));
    const token = [`setenv HEALTH_CHECK_TOKEN ${TOKEN}`];
    const elsewhere = input("L4CON", { checkElsewhere: true, checkPort: wrong });
    await using haproxy = await start(config(request, `port ${wrong}`, token));
    await untilStatus(haproxy, "DOWN");
    await haproxy.command(commandOf(redirectCheck(elsewhere)));
    await untilStatus(haproxy, "UP");
    const inherited = [...request, `default-server port ${wrong}`, ...connectCure(elsewhere)];
    await using cured = await start(config(inherited, "", token));
    await untilStatus(cured, "UP");
  });
});
