import { isIP } from "node:net";
import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { NOTICES } from "../contract/notification.ts";
import { alertMatch } from "./alert-match.ts";
import { channelEntry, receiverUrl } from "./channel-schema.ts";
import { cronTime } from "./cron-time.ts";
import { formatDuration } from "./duration.ts";
import { mapping } from "./mapping.ts";
import { fileName } from "./request.ts";
import { choice, duration, flag, text } from "./scalars.ts";

const name = text("1 to 63 letters, digits, dots, - or _", /^[\w.-]{1,63}$/);
const wait = duration(0, BOUNDS.alertWaitMaxMs);
const never = (what: string, fallback: string) =>
  z
    .union([z.literal("never"), duration(BOUNDS.alertRepeatMinMs, BOUNDS.alertRepeatMaxMs, "never or ")])
    .describe(what)
    .prefault(fallback);

const match = alertMatch.describe("Which alerts it is for; all if absent.").prefault({});

const routeEntry = mapping({
  name: name.describe("Its name in messages and the API; made from the entry if absent.").optional(),
  match,
  channels: z.array(name).describe("Where its messages go; to every channel if absent.").optional(),
  continue: flag().describe("Alerts go on to the next route as well.").prefault(false),
  waitMs: wait.describe("How long an alert must stand before it is sent.").prefault(formatDuration(BOUNDS.alertWaitMs)),
  groupBy: z
    .array(choice(["target", "backend", "instance", "site"]))
    .describe("What the alerts of one message have in common; an empty list: nothing.")
    .prefault(["backend"]),
  groupWaitMs: wait
    .describe("How long the first message of a group waits for further alerts; 2s, at most wait, if absent.")
    .optional(),
  groupIntervalMs: duration(BOUNDS.alertIntervalMinMs, BOUNDS.alertWaitMaxMs)
    .describe("Shortest time between messages about changes of a group.")
    .prefault(formatDuration(BOUNDS.alertGroupIntervalMs)),
  repeatMs: never("A firing group is sent again after this time.", formatDuration(BOUNDS.alertRepeatMs)),
  sendResolved: flag().describe("Whether the end is sent.").prefault(true),
  hours: cronTime.describe("Minutes in which the route counts; always if absent.").optional(),
}).describe("Which alerts go where; the first entry that matches counts.");

const silenceEntry = mapping({
  name: name.describe("Its name in the API."),
  match,
  starts: cronTime.describe("When a window begins."),
  forMs: duration(BOUNDS.alertIntervalMinMs, BOUNDS.alertRepeatMaxMs).describe("How long it lasts."),
}).describe("Times in which alerts are not sent.");

const notices = z.array(choice(NOTICES)).max(NOTICES.length);

/** `alerts:`. */
export const alertsKey = mapping({
  channels: z.array(channelEntry).max(BOUNDS.alertChannelsMax).describe("Where messages go.").prefault([]),
  routes: z
    .array(routeEntry)
    .max(BOUNDS.alertRoutesMax)
    .describe("Which alerts go where; without any, all go to every channel.")
    .prefault([]),
  silences: z
    .array(silenceEntry)
    .max(BOUNDS.alertRoutesMax)
    .describe("Times that come again, in which alerts are not sent.")
    .prefault([]),
  also: notices.describe("Notices that alert beside the default ones.").prefault([]),
  except: notices.describe("Notices that do not alert.").prefault([]),
  certificateMs: never("How long before a certificate expires it alerts.", "14d"),
  retry: mapping({
    firstMs: duration(BOUNDS.alertRetryMinMs, BOUNDS.alertWaitMaxMs)
      .describe("When a failed message is sent again, doubled with each failure.")
      .prefault(formatDuration(BOUNDS.alertRetryFirstMs)),
    maxMs: duration(BOUNDS.alertRetryMinMs, BOUNDS.alertRepeatMaxMs)
      .describe("Longest time between two attempts.")
      .prefault(formatDuration(BOUNDS.alertRetryMaxMs)),
    forMs: duration(BOUNDS.alertRetryMinMs, BOUNDS.alertRepeatMaxMs)
      .describe("When a message is given up.")
      .prefault(formatDuration(BOUNDS.alertRetryForMs)),
  })
    .describe("How failed messages are sent again.")
    .prefault({}),
  activeWhen: mapping({
    address: text("an IP address, such as the one that keepalived moves", /^[0-9a-fA-F:.]{2,45}$/)
      .refine((address) => isIP(address) !== 0, "expected an IP address")
      .describe("Messages are sent only while this machine has this address."),
  })
    .describe("For a pair without a common database: only the one that has an address sends messages.")
    .optional(),
  heartbeat: mapping({
    url: receiverUrl.describe("Is requested while haprobe works.").optional(),
    urlFile: fileName.describe("Holds that URL.").optional(),
    everyMs: duration(BOUNDS.alertIntervalMinMs, BOUNDS.alertRepeatMaxMs).describe("How often.").prefault("1m"),
  })
    .describe("A URL that is requested while haprobe works, for a service that alerts when it is not.")
    .optional(),
}).describe("Who is notified of what.");

export type AlertsInput = z.output<typeof alertsKey>;
