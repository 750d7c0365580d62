import { Cron } from "croner";
import { mapping } from "./mapping.ts";
import { text } from "./scalars.ts";

const EXPRESSION = "five fields of cron, such as `* 8-17 * * 1-5`";

/** Minutes of the week: an expression of cron and a time zone. */
export const cronTime = mapping({
  cron: text(EXPRESSION, /^[^\r\n]{1,200}$/)
    .refine((cron) => isValid(cron, "UTC"), `expected ${EXPRESSION}`)
    .describe("Five fields: minute, hour, day of the month, month, day of the week."),
  timeZone: text("a time zone such as Europe/Berlin", /^[\w/+-]{1,64}$/)
    .refine((zone) => isValid("* * * * *", zone), "expected a time zone such as Europe/Berlin")
    .describe("The time zone in which it counts.")
    .prefault("UTC"),
});

function isValid(cron: string, timezone: string): boolean {
  try {
    new Cron(cron, { timezone, paused: true, mode: "5-part" }).nextRun();
    return true;
  } catch {
    return false;
  }
}
