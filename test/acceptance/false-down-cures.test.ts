import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isRestoreCommand } from "../../server/contract/restore-command.ts";
import type { HttpProbe } from "../../server/contract/target.ts";
import type { ServerView } from "../../server/contract/view.ts";
import {
  type FalseDownInput,
  connectCure,
  pollDownCure,
  redirectCheck,
  requestCure,
  type Restore,
  restoreAgent,
  restoreCommandFor,
  restoreRecovered,
  restoreUnchecked,
  timeoutCure,
} from "../../server/judge/false-down-cure.ts";
import { haproxyView, TARGET } from "../support/judge-harness.ts";
import { freePort, haproxyBinaries, type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";

const TOKEN = "a-token-of-the-check";
const PROBE: HttpProbe = { ...(TARGET.probe as HttpProbe), scheme: "http", path: "/healthz", hostHeader: "shop" };

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

function commandOf(given: FalseDownInput, restore: (given: FalseDownInput) => Restore | null): string {
  const found = restoreCommandFor(given.view, restore(given));
  if (found === null || !isRestoreCommand(found, "shop", "s1")) throw new Error("there is no command");
  return found.command;
}

/** An agent that always reports the same. */
async function listen(report: string): Promise<AsyncDisposable & { readonly port: number }> {
  const agent = createTcpServer((socket) => socket.on("error", () => socket.destroy()).end(report));
  agent.listen(0, "127.0.0.1");
  await once(agent, "listening");
  return {
    port: (agent.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => agent.close(() => resolve())),
  };
}

/** The server's status once its first check has ended; it is UP by default until then. */
async function statusOf(haproxy: RealHaproxy): Promise<string | undefined> {
  const row = (await haproxy.command("show stat")).split("\n").find((line) => line.startsWith("shop,s1,"));
  return row?.includes(",INI,") === true ? "INI" : row?.split(",")[17];
}

describe.each(haproxyBinaries())("what is advised for a false-down, before $name", ({ binary }) => {
  const start = (text: string): Promise<RealHaproxy> =>
    startHaproxy({ config: text, ...(binary === undefined ? {} : { binary }) });

  test("the command takes a server in whose check is denied, and it is checked again by that which undoes it", async () => {
    await using haproxy = await start(config(["option httpchk"], ""));
    await expect.poll(() => statusOf(haproxy)).toBe("DOWN");
    const given = input("L7STS/401");
    await haproxy.command(commandOf(given, restoreUnchecked));
    await expect.poll(() => statusOf(haproxy)).toBe("no check");
    await haproxy.command(restoreCommandFor(given.view, restoreUnchecked(given))?.undo ?? "");
    await expect.poll(() => statusOf(haproxy)).toBe("DOWN");
  });

  test("the lines give the check its credentials, and are refused where HAProxy has none", async () => {
    const lines = requestCure(input("L7STS/401"));
    await using haproxy = await start(config(lines, "", [`setenv HEALTH_CHECK_TOKEN ${TOKEN}`]));
    await expect.poll(() => statusOf(haproxy)).toBe("UP");
    await expect(start(config(lines, ""))).rejects.toThrow(/HEALTH_CHECK_TOKEN is not set/);
  });

  test("the command takes a server in that has recovered, and its check goes on", async () => {
    const given = input("L7OK/200");
    const lines = [...requestCure(given), ...pollDownCure(given), ...timeoutCure(given)];
    const token = [`setenv HEALTH_CHECK_TOKEN ${TOKEN}`];
    await using haproxy = await start(config(lines, "rise 200 port 1", token));
    await expect.poll(() => statusOf(haproxy)).toBe("DOWN");
    await haproxy.command(`set server shop/s1 check-port ${port}`);
    await haproxy.command(commandOf(given, restoreRecovered));
    await expect.poll(() => statusOf(haproxy)).toBe("UP");
  });

  test("the command overrules an agent until its next report", async () => {
    await using agent = await listen("down\n");
    await using haproxy = await start(config([], `agent-check agent-port ${agent.port} agent-inter 600ms`));
    await expect.poll(() => statusOf(haproxy)).toBe("DOWN (agent)");
    await haproxy.command(commandOf(input("L4OK"), restoreAgent));
    await expect.poll(() => statusOf(haproxy)).toBe("UP");
    await expect.poll(() => statusOf(haproxy)).toBe("DOWN (agent)");
  });

  test("a check of a port on which nothing listens is sent to the traffic's, now and for good", async () => {
    const wrong = await freePort();
    const request = requestCure(input("L7STS/401"));
    const token = [`setenv HEALTH_CHECK_TOKEN ${TOKEN}`];
    const elsewhere = input("L4CON", { checkElsewhere: true, checkPort: wrong });
    await using haproxy = await start(config(request, `port ${wrong}`, token));
    await expect.poll(() => statusOf(haproxy)).toBe("DOWN");
    await haproxy.command(commandOf(elsewhere, redirectCheck));
    await expect.poll(() => statusOf(haproxy)).toBe("UP");
    const inherited = [...request, `default-server port ${wrong}`, ...connectCure(elsewhere)];
    await using cured = await start(config(inherited, "", token));
    await expect.poll(() => statusOf(cured)).toBe("UP");
  });
});
