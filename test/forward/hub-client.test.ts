import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../server/clock.ts";
import type { IngestRequest } from "../../server/contract/ingest.ts";
import { HubClient } from "../../server/forward/hub-client.ts";
import { position, verdict } from "../store/sample-batches.ts";
import { makeAuthority } from "../support/certificates.ts";

const REQUEST: IngestRequest = { version: 1, position: position(1, 1), events: [verdict(1)], hasGap: false };
const TOKEN = "token-of-this-vantage";

describe("a hub over TLS", () => {
  let stack: AsyncDisposableStack;
  let dir: string;
  /** Authorizations that reached the hub. */
  let seen: (string | undefined)[];
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    const folder = await mkdtempDisposable(join(tmpdir(), "haprobe-hub-tls-"));
    stack.defer(() => folder.remove());
    dir = folder.path;
    seen = [];
    await writeFile(join(dir, "token"), TOKEN);
  });
  afterEach(() => stack.disposeAsync());

  /** A hub with a certificate for these names; returns its authority. */
  async function startHub(options: { readonly names?: readonly string[]; readonly expired?: boolean } = {}) {
    const authority = await makeAuthority();
    const { cert, key } = await authority.issue({
      names: options.names ?? ["127.0.0.1"],
      expired: options.expired === true,
    });
    const hub = createServer({ cert, key }, (request, response) => {
      seen.push(request.headers.authorization);
      request.resume().on("end", () => response.end('{"seq":1}'));
    });
    await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
    stack.defer(async () => {
      hub.closeAllConnections();
      await new Promise((resolve) => hub.close(resolve));
    });
    const address = hub.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return { ca: authority.ca, url: `https://127.0.0.1:${port}` };
  }

  async function clientOf(url: string, ca: string | null): Promise<HubClient> {
    const caFile = ca === null ? null : join(dir, "ca.pem");
    if (caFile !== null && ca !== null) await writeFile(caFile, ca);
    const settings = { tokenFile: join(dir, "token"), caFile };
    const client = new HubClient({ url, settings, clock: systemClock, userAgent: "haprobe/test" });
    stack.defer(() => client.close());
    return client;
  }

  const send = (client: HubClient) => client.send(REQUEST, new AbortController().signal);

  test("that hub-ca-file verifies gets the events and the token", async () => {
    const { url, ca } = await startHub();
    expect(await send(await clientOf(url, ca))).toEqual({ kind: "applied", seq: 1 });
    expect(seen).toEqual([`Bearer ${TOKEN}`]);
  });

  test.each([
    [
      "of another authority",
      {},
      async (): Promise<string | null> => (await makeAuthority("another CA")).ca,
      /self.signed|unable to (get|verify)/i,
    ],
    [
      "of an authority that the system does not know",
      {},
      async (): Promise<string | null> => null,
      /self.signed|unable to (get|verify)/i,
    ],
    ["with the name of another machine", { names: ["hub.example.org"] }, null, /altnames/i],
    ["whose certificate has expired", { expired: true }, null, /expired/i],
  ] as const)("%s never gets the token", async (_what, options, otherCa, error) => {
    const { url, ca } = await startHub(options);
    const client = await clientOf(url, otherCa === null ? ca : await otherCa());
    await expect(send(client)).rejects.toThrow(error);
    expect(seen).toEqual([]);
  });

  test("is verified by the authorities that stand in the file now", async () => {
    const { url, ca } = await startHub();
    const client = await clientOf(url, (await makeAuthority("another CA")).ca);
    await expect(send(client)).rejects.toThrow(/self.signed|unable to (get|verify)|signature/i);
    await writeFile(join(dir, "ca.pem"), ca);
    expect(await send(client)).toEqual({ kind: "applied", seq: 1 });
    await writeFile(join(dir, "ca.pem"), (await makeAuthority("a third CA")).ca);
    await expect(send(client)).rejects.toThrow(/self.signed|unable to (get|verify)|signature/i);
    expect(seen).toHaveLength(1);
  });
});
