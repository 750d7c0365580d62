import { UNEXPECTED_FAULTS } from "../support/unexpected-faults.ts";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { basePathOf } from "../../server/access/request-target.ts";
import { SendingBytes } from "../../server/access/sending-bytes.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { startHttpListener } from "../../server/http/http-listener.ts";
import { attachPushEndpoints } from "../../server/push/push-endpoints.ts";
import { makeServerKeys } from "../push/fake-fleet.ts";
import { freePort, startHaproxy } from "../support/real-haproxy.ts";
import { createTestApp } from "./test-app.ts";

/** haprobe's HTTP side with two servers, behind a real HAProxy that stands for any reverse proxy. */
export interface BehindProxies extends AsyncDisposable {
  readonly port: number;
  /** Port of the proxy with these lines. */
  readonly proxyPort: (kind: string) => number;
}

/** Starts all of it; `proxies` are the lines of each proxy by its name. */
export async function startBehindProxies(
  proxies: Readonly<Record<string, readonly string[]>>,
  { webRoot, publicUrl, allowedHosts }: { webRoot: string; publicUrl: string; allowedHosts: readonly string[] },
): Promise<BehindProxies> {
  const basePath = basePathOf(publicUrl);
  const access = createAccessGuard({ listenHost: "127.0.0.1", publicUrl, allowedHosts });
  const sending = new SendingBytes(BOUNDS.bytesBeingSentMax);
  const { app, publisher: published, clock } = createTestApp(makeServerKeys(2), { webRoot, access, basePath, sending });
  const http = await startHttpListener({ app, host: "127.0.0.1", port: 0, clock, basePath });
  const push = attachPushEndpoints({
    server: http.server,
    published,
    access,
    clock,
    sending,
    faults: UNEXPECTED_FAULTS,
    basePath,
  });
  const sections = ["defaults\n  mode http\n  timeout connect 1s\n  timeout client 5s\n  timeout server 5s"];
  const ports = new Map<string, number>();
  for (const [kind, lines] of Object.entries(proxies)) {
    const port = await freePort();
    ports.set(kind, port);
    const server = `server s 127.0.0.1:${http.address.port}`;
    sections.push([`listen proxy-${port}`, `bind 127.0.0.1:${port}`, ...lines, server].join("\n  "));
  }
  const haproxy = await startHaproxy({ config: `${sections.join("\n")}\n` });
  return {
    port: http.address.port,
    proxyPort: (kind) => ports.get(kind) ?? 0,
    async [Symbol.asyncDispose]() {
      await haproxy[Symbol.asyncDispose]();
      await push.close();
      await http.close(1_000);
    },
  };
}
