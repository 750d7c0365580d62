import { expect, test } from "vitest";
import type { ServerEntry } from "../../server/monitor/server-entry.ts";
import { TargetRegistry } from "../../server/monitor/target-registry.ts";

const SERVERS = 500;

test("the work per server does not grow with the servers that share its target", () => {
  const paces: string[] = [];
  const registry = new TargetRegistry({
    scheduleTarget: (_target, pace) => void paces.push(pace),
    removeTarget: () => {},
    probeSoon: () => {},
    suppressHedging: () => {},
    pollSoon: () => {},
    statsRow: () => null,
  });
  let reads = 0;
  const assignment = { kind: "target", target: { key: "shared" } };
  for (let index = 0; index < SERVERS; index += 1) {
    const server = {
      assignment,
      get memory() {
        reads += 1;
        return { haproxy: { belief: { kind: "off" } } };
      },
    } as unknown as ServerEntry;
    registry.add(server);
    registry.updatePace(server);
  }
  expect(reads).toBeLessThanOrEqual(2 * SERVERS);
  expect(paces).toEqual(["normal", "out-of-service"]);
});
