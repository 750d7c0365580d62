import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, isIPv6 } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProxyProtocol } from "../../server/contract/target.ts";
import { buildProxyHeader } from "../../server/probe/proxy-header.ts";
import { makeAuthority } from "../support/certificates.ts";
import { type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";
import { probeTarget } from "./probe-target.ts";
import { makeTarget } from "./make-target.ts";

const V2_SIGNATURE = "0d0a0d0a000d0a515549540a";

describe("the header", () => {
  const v4 = { localAddress: "10.0.0.1", localPort: 40_000, remoteAddress: "10.0.0.2", remotePort: 443 };
  const v6 = { localAddress: "fe80::1%eth0", localPort: 1, remoteAddress: "2001:db8::ffff:1", remotePort: 65_535 };
  const mapped = { ...v4, localAddress: "::ffff:10.0.0.1", remoteAddress: "::ffff:10.0.0.2" };

  test.each([
    ["v4", v4, "PROXY TCP4 10.0.0.1 10.0.0.2 40000 443\r\n"],
    ["v6, without the zone", v6, "PROXY TCP6 fe80::1 2001:db8::ffff:1 1 65535\r\n"],
    ["no address", {}, "PROXY UNKNOWN\r\n"],
  ] as const)("of version 1 names both ends: %s", (_rule, ends, text) => {
    expect(buildProxyHeader("v1", ends).toString()).toBe(text);
  });

  test.each([
    ["v4", v4, "2111000c0a0000010a0000029c4001bb"],
    ["v6", v6, "21210024fe80000000000000000000000000000120010db80000000000000000ffff00010001ffff"],
    ["v4 inside v6", mapped, "2121002400000000000000000000ffff0a00000100000000000000000000ffff0a0000029c4001bb"],
    ["no address: LOCAL", {}, "20000000"],
  ] as const)("of version 2 names both ends in bytes: %s", (_rule, ends, hex) => {
    expect(buildProxyHeader("v2", ends).toString("hex")).toBe(`${V2_SIGNATURE}${hex}`);
  });
});

describe("a real HAProxy with accept-proxy, as the server that is probed", () => {
  let haproxy: RealHaproxy;
  let folder: string;
  const ports = new Map<string, number>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "haprobe-proxy-"));
    const files = await (await makeAuthority()).issue({ names: ["127.0.0.1", "::1"] });
    await writeFile(join(folder, "server.pem"), `${files.cert}\n${files.key}\n`);
    await writeFile(join(folder, "ca.pem"), files.ca);
    for (const name of ["v4", "v6", "tls4", "tls6"])
      ports.set(name, await freePort(name.endsWith("6") ? "::1" : "127.0.0.1"));
    haproxy = await startHaproxy({
      config: [
        "defaults",
        "  mode http",
        "  timeout client 2s",
        "frontend announced",
        `  bind 127.0.0.1:${ports.get("v4")} accept-proxy`,
        `  bind [::1]:${ports.get("v6")} accept-proxy`,
        `  bind 127.0.0.1:${ports.get("tls4")} accept-proxy ssl crt ${folder}/server.pem`,
        `  bind [::1]:${ports.get("tls6")} accept-proxy ssl crt ${folder}/server.pem`,
        `  bind unix@${folder}/app.sock accept-proxy`,
        // The addresses that HAProxy uses: the header's, not the socket's.
        '  http-request return status 200 content-type text/plain lf-string "%[src] %[dst] %[dst_port]"',
      ].join("\n"),
    });
  });
  afterAll(async () => {
    await haproxy.stop();
    await rm(folder, { recursive: true });
  });

  const rows = (["v1", "v2"] as const).flatMap((version) =>
    (["v4", "v6", "tls4", "tls6"] as const).map((bind) => [version, bind] as const),
  );

  test.each(rows)("takes %s at %s", async (version, bind) => {
    const host = bind.endsWith("6") ? "::1" : "127.0.0.1";
    const port = ports.get(bind) ?? 0;
    const result = await probeTarget(
      makeTarget({
        host,
        port,
        proxyProtocol: version,
        probe: { scheme: bind.startsWith("tls") ? "https" : "http" },
        tls: { verify: true, caFile: join(folder, "ca.pem") },
      }),
    );
    expect(result).toMatchObject({ outcome: "passed", httpStatus: 200, body: `${host} ${host} ${port}` });
  });

  test.each(["v1", "v2"] as const)("takes %s on a UNIX socket, where no end has an address", async (version) => {
    const target = makeTarget({ host: "", port: 0, socketPath: join(folder, "app.sock"), proxyProtocol: version });
    expect(await probeTarget(target)).toMatchObject({ outcome: "passed", httpStatus: 200 });
  });

  test("rejects a probe without it", async () => {
    expect((await probeTarget(makeTarget({ port: ports.get("v4") ?? 0 }))).outcome).toBe("failed");
  });
});

test("goes first and in one piece, before a byte of TLS", async () => {
  const first = Promise.withResolvers<Buffer>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (bytes: Buffer) => {
      first.resolve(bytes);
      socket.destroy();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await probeTarget(makeTarget({ port, proxyProtocol: "v2" satisfies ProxyProtocol, probe: { scheme: "https" } }));
  server.close();
  const bytes = await first.promise;
  expect(bytes.subarray(0, 12).toString("hex")).toBe(V2_SIGNATURE);
  expect(bytes.length === 28 || bytes[28] === 0x16).toBe(true);
});

async function freePort(host: string): Promise<number> {
  const server = createServer().listen({ port: 0, host, ipv6Only: isIPv6(host) });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
