import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { advise } from "../../server/advise/advise.ts";
import { CHECK_VARIANTS, type CheckVariant } from "../advise/check-variants.ts";
import { makeAuthority } from "../support/certificates.ts";
import { haproxyBinaries, type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";

const DECIDED_WITHIN_MS = 15_000;
/** What HAProxy's word for the last check says of its depth; an answer of 500 or none of the protocol counts as one. */
const DEPTHS: Readonly<Record<string, string>> = {
  "": "none",
  L4OK: "connection",
  L6OK: "tls",
  L7OK: "application",
  L7STS: "application",
  L7RSP: "application",
  SOCKERR: "application",
};

interface Backends extends AsyncDisposable {
  readonly plain: number;
  readonly tls: number;
  /** Method and path by the host that was connected to. */
  readonly requests: ReadonlyMap<string, string>;
}

/** A server that answers 500 to every request, without and with TLS. */
async function startBackends(): Promise<Backends> {
  const requests = new Map<string, string>();
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    requests.set(request.socket.localAddress ?? "", `${request.method} ${request.url}`);
    response.statusCode = 500;
    response.end("500");
  };
  const { cert, key } = await (await makeAuthority()).issue({ names: ["kubernetes"] });
  const servers: readonly Server[] = [createServer(respond), createHttpsServer({ cert, key }, respond)];
  for (const server of servers) {
    server.listen(0, "0.0.0.0");
    await once(server, "listening");
  }
  const [plain = 0, tls = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  return {
    plain,
    tls,
    requests,
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function configOf({ defaults = [], backend }: CheckVariant, index: number, { plain, tls }: Backends): string {
  const host = hostOf(index);
  const fill = (line: string): string =>
    line
      .replace("TLS", `${host}:${tls}`)
      .replace("PLAIN", `${host}:${plain}`)
      .replace("1PORT", String(tls))
      .replace("2PORT", String(plain))
      .replace("HOST", host);
  return [
    `defaults d${index}`,
    "  mode http",
    "  timeout connect 2s",
    "  timeout client 2s",
    "  timeout server 2s",
    "  timeout check 2s",
    ...defaults.map((line) => `  ${fill(line)}`),
    `backend b${index} from d${index}`,
    ...backend.map((line) => `  ${fill(line)}`),
  ].join("\n");
}

function hostOf(index: number): string {
  return `127.19.${index + 1}.1`;
}

/** The last result of each backend's check, once every one of them has run. */
async function decidedDepths(haproxy: RealHaproxy): Promise<readonly string[]> {
  for (const deadline = performance.now() + DECIDED_WITHIN_MS; performance.now() < deadline; await pause(50)) {
    const [header = "", ...rows] = (await haproxy.command("show stat")).split("\n");
    const columns = header.slice(2).split(",");
    const statuses = rows
      .map((line) => line.split(","))
      .filter((fields) => fields[1] === "s")
      .map((fields) => fields[columns.indexOf("check_status")] ?? "");
    if (statuses.every((status) => status !== "INI" && !status.startsWith("*"))) {
      return statuses.map((status) => DEPTHS[status] ?? status);
    }
  }
  return [];
}

describe.each(haproxyBinaries())("the checks of $name", ({ binary }) => {
  test("are those that the advisor reads in the file", async () => {
    await using backends = await startBackends();
    const config = CHECK_VARIANTS.map((variant, index) => configOf(variant, index, backends)).join("\n");
    await using haproxy = await startHaproxy({ config, ...(binary === undefined ? {} : { binary }) });
    const real = await decidedDepths(haproxy);
    const read = advise([{ path: "haproxy.cfg", text: `${config}\n` }]).checks;
    const named = (depths: readonly (string | null)[]): readonly string[] =>
      CHECK_VARIANTS.map(({ name }, index) => `${name}: ${depths[index]}`);
    expect(named(read.map(({ depth }) => depth))).toEqual(named(real));
    expect(named(read.map(({ depth }) => depth))).toEqual(named(CHECK_VARIANTS.map(({ depth }) => depth)));
    for (const [index, { name, request }] of CHECK_VARIANTS.entries()) {
      const asked = read[index]?.request;
      if (asked != null)
        expect(`${name}: ${asked.method ?? "OPTIONS"} ${asked.uri ?? "/"}`).toBe(`${name}: ${request}`);
      if (request !== undefined) expect(`${name}: ${backends.requests.get(hostOf(index))}`).toBe(`${name}: ${request}`);
    }
  });
});
