import { expect, test } from "vitest";
import { IncidentRegistry } from "../../server/monitor/incident-registry.ts";
import { member } from "../support/sample-alerts.ts";
import { sampleRecord } from "../support/sample-record.ts";

test("a member of an ended incident is none of the next one about the same fault", () => {
  const first = member("lb-1", "k8s-api", "cp-1");
  const second = member("lb-2", "k8s-api", "cp-1");
  const ended = sampleRecord({
    id: "1",
    state: { kind: "ended", flaps: 0, at: 3_000, end: "agreed" },
    members: [first],
  });
  const registry = new IncidentRegistry({ createId: () => "3", emit: () => {} }, [ended]);
  expect(registry.isMember(first.key)).toBe(true);
  registry.restoreLate([sampleRecord({ id: "2", members: [second] })], 1_000, 4_000);
  expect([registry.isMember(first.key), registry.isMember(second.key)]).toEqual([false, true]);
});
