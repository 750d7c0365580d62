import { expect, test } from "vitest";
import { endedSince, endedToast } from "../../web/lib/ended-incidents.ts";
import { formatTimeOfDay } from "../../web/lib/time-format.ts";
import { ToastList } from "../../web/lib/toast-list.ts";
import { sampleIncident } from "../support/sample-incident.ts";

const NOW = Date.UTC(2026, 10, 22, 13, 7, 33);

test("at most three toasts are shown; a fourth removes the oldest", () => {
  const list = new ToastList();
  let changes = 0;
  const unsubscribe = list.subscribe(() => (changes += 1));
  for (const title of ["a", "b", "c", "d"]) list.add({ title });
  expect(list.toasts.map(({ title }) => title)).toEqual(["b", "c", "d"]);
  list.dismiss(list.toasts[1]?.id ?? 0);
  expect(list.toasts.map(({ title }) => title)).toEqual(["b", "d"]);
  unsubscribe();
  list.add({ title: "e" });
  expect(changes).toBe(5);
});

test("an incident that ends while the page is open is a toast; one that had ended, or begins, is none", () => {
  const open = sampleIncident(NOW);
  const ended = { ...open, state: "ended" as const, end: "agreed" as const, endedAt: new Date(NOW).toISOString() };
  expect(endedSince([open], [ended])).toEqual([ended]);
  expect(endedSince([ended], [ended])).toEqual([]);
  expect(endedSince([], [ended])).toEqual([]);
  expect(endedSince([], [open])).toEqual([]);
  const { title, text, incident } = endedToast(ended);
  expect(title).toBe("cp-2 agrees again");
  expect(text).toContain(`Since ${formatTimeOfDay(NOW)}. False UP for `);
  expect(incident).toBe(open.id);
  expect(endedToast({ ...ended, end: "out-of-service" }).title).toBe("cp-2: taken out of service");
});
