import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { Store } from "../../server/contract/store.ts";
import { createIncidentArchive } from "../../server/monitor/incident-archive.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { sampleRecord } from "../support/sample-record.ts";

function setUp() {
  const clock = new FakeClock();
  let answer = Promise.withResolvers<Awaited<ReturnType<Store["incident"]>>>();
  const asked: string[] = [];
  const archive = createIncidentArchive(
    {
      incident: (id) => {
        asked.push(id);
        return answer.promise;
      },
      incidents: async ({ cursor, limit }) => {
        asked.push(`${cursor} ${limit}`);
        return { rows: [sampleRecord()], next: null };
      },
    },
    clock,
  );
  const respond = (): void => {
    answer.resolve(sampleRecord());
    answer = Promise.withResolvers();
    answer.resolve(sampleRecord());
  };
  return { clock, archive, asked, respond };
}

test("incidents of the store look as those in memory, and follow the place that is given", async () => {
  const { archive, asked, clock } = setUp();
  const after = { confirmedAt: "1970-01-01T00:00:03.000Z", id: "019aa000-0000-7000-8000-00000000000f" };
  const [incident] = await archive.list({ open: null, after, limit: 7 });
  expect(incident).toMatchObject({ id: sampleRecord().id, confirmedAt: "1970-01-01T00:00:02.000Z", state: "open" });
  expect(asked).toEqual([`3000.${after.id} 7`]);
  expect(clock.pending).toBe(0);
});

test("a store that does not answer is waited for once, and asked again when it has answered", async () => {
  const { clock, archive, asked, respond } = setUp();
  const first = archive.find("a");
  const failed = expect(first).rejects.toMatchObject({ code: "HAPROBE_STORE_BEHIND" });
  await clock.advance(BOUNDS.archiveTimeoutMs);
  await failed;
  await expect(archive.find("b")).rejects.toMatchObject({ code: "HAPROBE_STORE_BEHIND" });
  expect(asked).toEqual(["a"]);
  respond();
  await clock.advance(0);
  expect(await archive.find("c")).toMatchObject({ state: "open" });
  expect(asked).toEqual(["a", "c"]);
});
