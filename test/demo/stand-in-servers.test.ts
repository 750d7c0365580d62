import { request } from "node:https";
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StandInServers, startStandInServers } from "../../demo/stand-in-servers.ts";
import type { ServerEndpoint } from "../../demo/haproxy-config.ts";
import { NAMESPACE_PATH } from "../../demo/stand-in/api-responses.ts";
import { makeAuthority } from "../support/certificates.ts";

const TOKEN = "the-token";
let fleet: StandInServers;
let ca = "";
beforeAll(async () => {
  const files = await (await makeAuthority()).issue({ names: ["kubernetes"] });
  ca = files.ca;
  fleet = await startStandInServers(files, TOKEN);
});
afterAll(() => fleet[Symbol.asyncDispose]());

/** Sends a request to cp-2; resolves with the status or the error code. */
function ask(
  access: "open" | "token",
  path: string,
  token: string | null = null,
  deadlineMs = 5_000,
): Promise<number | string> {
  const { host, port } = fleet.endpoints[access][1] as ServerEndpoint;
  return new Promise((resolve) => {
    const asked = request({
      host,
      port,
      path,
      ca,
      servername: "kubernetes",
      agent: false,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(deadlineMs),
    });
    asked.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    asked.end();
  });
}

describe("a healthy server", () => {
  test("answers health checks without a token at its open port, other requests with the token only", async () => {
    expect(await ask("open", "/readyz")).toBe(200);
    expect(await ask("open", NAMESPACE_PATH)).toBe(403);
    expect(await ask("open", NAMESPACE_PATH, TOKEN)).toBe(200);
  });

  test("answers nothing at its other port without the token", async () => {
    expect(await ask("token", "/readyz")).toBe(401);
    expect(await ask("token", "/readyz", TOKEN)).toBe(200);
    expect(await ask("token", NAMESPACE_PATH, TOKEN)).toBe(200);
  });

  test("refuses a wrong token even where none is required, like a real one", async () => {
    expect(await ask("open", "/readyz", "expired")).toBe(401);
  });
});

describe("a fault", () => {
  test("applies to both ports: without etcd /readyz answers 500 and an ordinary request hangs", async () => {
    await fleet.setFault("cp-2", "etcd");
    expect(fleet.faultOf("cp-2")).toBe("etcd");
    expect(await ask("open", "/readyz")).toBe(500);
    expect(await ask("token", "/readyz", TOKEN)).toBe(500);
    expect(await ask("token", "/readyz")).toBe(401);
    expect(await ask("open", NAMESPACE_PATH, TOKEN, 100)).toBe("ABORT_ERR");
  });

  test("several at once are applied one after another, and the last one stays", async () => {
    await Promise.all([
      fleet.setFault("cp-2", "die"),
      fleet.setFault("cp-2", null),
      fleet.setFault("cp-2", "die"),
      fleet.setFault("cp-2", "drain"),
    ]);
    expect(await ask("open", "/readyz")).toBe(500);
    expect(await ask("open", NAMESPACE_PATH, TOKEN)).toBe(200);
  });

  test("a server whose port is taken reports that and is healed later", async () => {
    await fleet.setFault("cp-2", "die");
    expect(await ask("open", "/readyz")).toBe("ECONNREFUSED");
    const { host, port } = fleet.endpoints.open[1] as ServerEndpoint;
    const thief: Server = createServer().listen(port, host);
    await once(thief, "listening");
    await expect(fleet.setFault("cp-2", null)).rejects.toThrow("cp-2 cannot listen any more");
    expect(fleet.faultOf("cp-2")).toBe("die");
    thief.close();
    await once(thief, "close");
    await fleet.setFault("cp-2", null);
    expect(await ask("open", "/readyz")).toBe(200);
  });
});

test("a second fleet finds other ports", async () => {
  await using second = await startStandInServers(await (await makeAuthority()).issue({ names: ["kubernetes"] }), TOKEN);
  const place = ({ host, port }: ServerEndpoint): string => `${host}:${port}`;
  const ours = [...second.endpoints.open, ...second.endpoints.token].map(place);
  expect(new Set([...ours, ...[...fleet.endpoints.open, ...fleet.endpoints.token].map(place)]).size).toBe(12);
});
