import { UNEXPECTED_FAULTS } from "../test/support/unexpected-faults.ts";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { createAccessGuard } from "../server/access/access-guard.ts";
import { SendingBytes } from "../server/access/sending-bytes.ts";
import { BOUNDS } from "../server/bounds.ts";
import { systemClock } from "../server/clock.ts";
import type { DeltaMessage } from "../server/contract/status.ts";
import { attachPushEndpoints } from "../server/push/push-endpoints.ts";
import { createStatePublisher } from "../server/push/state-publisher.ts";
import { FakeFleet, FALSE_UP, makeServerKeys } from "../test/push/fake-fleet.ts";
import { BenchWorker } from "./bench-worker.ts";
import { cpuMs } from "./cpu-time.ts";
import { summarize, percentile, type BenchCase } from "./measurement.ts";
import type { ReaderResponse, ReaderRequest, PushTransport } from "./stream-readers/protocol.ts";
import type { Scale } from "./scale.ts";
import type { Section } from "./section.ts";

const SERVERS = 200;
/** Rows of one delta: together about 20 kB. */
const ROWS_CHANGED = 16;
const ARRIVAL_DEADLINE_MS = 10_000;
const AIM_CLIENTS = 1_000;
const AIM_KILOBYTES = 20;

/** CPU of sending one delta to many clients. */
export const pushing: Section = {
  title: "Pushing a delta a second",
  async run(scale, say) {
    const rows: BenchCase[] = [];
    for (const count of scale.clients) {
      for (const way of ["ws", "socket.io"] as const) {
        say(`push: ${count} clients by ${way}`);
        rows.push(await measurePush(way, count, scale));
      }
    }
    return rows;
  },
};

async function measurePush(way: PushTransport, count: number, { pushes, everyMs }: Scale): Promise<BenchCase> {
  const fleet = new FakeFleet(makeServerKeys(SERVERS));
  const published = createStatePublisher({
    live: fleet,
    changes: fleet,
    clock: systemClock,
    epoch: "bench",
    faults: UNEXPECTED_FAULTS,
  });
  const server = createServer();
  const access = createAccessGuard({ listenHost: "127.0.0.1", publicUrl: null, allowedHosts: [] });
  const streams = attachPushEndpoints({
    server,
    published,
    access,
    clock: systemClock,
    sending: new SendingBytes(BOUNDS.bytesBeingSentMax),
    faults: UNEXPECTED_FAULTS,
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  await using readers = new BenchWorker<ReaderRequest, ReaderResponse>(
    new URL("stream-readers/main.ts", import.meta.url),
  );
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await readers.request({ kind: "connect", transport: way, url, count });
    const sizes: number[] = [];
    published.subscribe((delta: DeltaMessage) => void sizes.push(published.toJsonBytes(delta).length / 1_000));
    const costs: number[] = [];
    for (let turn = 0; turn < pushes; turn += 1) {
      costs.push(
        await cpuMs(async () => {
          for (const key of makeServerKeys(ROWS_CHANGED)) fleet.set(key, turn % 2 === 0 ? FALSE_UP : {});
          await pause(everyMs);
        }),
      );
    }
    await waitForDelivery(readers, count * sizes.length);
    const kilobytes = percentile(sizes, 0.5);
    const shares = costs.map((ms) => (ms / everyMs) * 100 * (AIM_KILOBYTES / kilobytes));
    return {
      situation: `${count.toLocaleString("en")} clients by ${way}`,
      figures: [
        summarize("CPU of one delta, and of a second's rest", "ms", costs),
        summarize("size of a delta", "kB", sizes),
        summarize("one delta a second, of one core for each 20 kB", "%", shares, count === AIM_CLIENTS ? "5 %" : null),
      ],
    };
  } finally {
    published.stop();
    await streams.close();
    server.close();
  }
}

async function waitForDelivery(readers: BenchWorker<ReaderRequest, ReaderResponse>, expected: number): Promise<void> {
  const deadline = performance.now() + ARRIVAL_DEADLINE_MS;
  for (;;) {
    const { received } = await readers.request({ kind: "count" });
    if (received >= expected) return;
    if (performance.now() > deadline) throw new Error(`${received} of ${expected} messages arrived`);
    await pause(100);
  }
}
