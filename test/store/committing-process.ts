import type { StoreLocation } from "../../server/store/open-store.ts";
import { openStore } from "../../server/store/open-store.ts";
import { numberedBatch, EVENTS_PER_BATCH } from "./numbered-batches.ts";

/** Commits numbered batches for ever, prints the number of each that was applied, and is killed in the middle. */
const store = await openStore(JSON.parse(process.argv[2]!) as StoreLocation);
const [position] = await store.positions();
const applied = (position?.lastSeq ?? 0) / EVENTS_PER_BATCH;
if (applied > 0) {
  // As after an unknown outcome.
  const again = await store.commit(numberedBatch(applied));
  if (again.kind !== "repeated") throw new Error(`batch ${applied} was ${again.kind} twice`);
}
for (let number = applied + 1; ; number += 1) {
  const outcome = await store.commit(numberedBatch(number));
  if (outcome.kind !== "applied") throw new Error(`batch ${number}: ${JSON.stringify(outcome)}`);
  process.stdout.write(`${number}\n`);
}
