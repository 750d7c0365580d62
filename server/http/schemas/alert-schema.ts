import { z } from "zod";
import {
  type ChannelStatus,
  type ChannelTest,
  NOTIFICATION_STATUSES,
  type NotificationSummary,
  type PreviewEntry,
  type SilenceStatus,
} from "../../contract/alert-api.ts";
import { ALERT_URGENCIES, NOTICES, NOTIFICATION_KINDS } from "../../contract/notification.ts";
import { exactSchema } from "./exact-schema.ts";
import { countSchema, timestampSchema } from "./scalars.ts";
import { positionFields } from "./stream-schema.ts";

const next = z.string().nullable().describe("Cursor of the next page; null on the last one.");
const version = positionFields.version;

const summaryFields = {
  id: z.string(),
  channel: z.string(),
  kind: z.enum(NOTIFICATION_KINDS),
  sentence: z.string(),
  cause: z.string().describe("Why it is sent."),
  route: z.string(),
  status: z.enum(NOTIFICATION_STATUSES).describe("`superseded`: a later message said all of it."),
  attempts: countSchema,
  madeAt: timestampSchema,
  nextAttemptAt: timestampSchema.nullable(),
  incident: z.string().nullable(),
};

export const notificationSchema = exactSchema<NotificationSummary>()(z.object(summaryFields)).meta({
  id: "Notification",
});

export const notificationsResponseSchema = z
  .object({ version, notifications: z.array(notificationSchema).describe("Newest first."), next })
  .meta({ id: "NotificationsAnswer" });

export const notificationDetailSchema = z
  .object({
    ...summaryFields,
    attemptLog: z.array(
      z.object({
        at: timestampSchema,
        durationMs: z.number(),
        status: z.int().nullable().describe("Of HTTP or SMTP; null where there was none."),
        error: z.string().nullable(),
      }),
    ),
    payload: z.looseObject({}).describe("What the channel's formatter is given; docs/alerts.md shows it."),
  })
  .meta({ id: "NotificationDetail" });

const matchSchema = z.object({
  verdict: z.array(z.string()).optional(),
  notice: z.array(z.string()).optional(),
  reason: z.array(z.string()).optional(),
  urgency: z.array(z.string()).optional(),
  instance: z.array(z.string()).optional(),
  site: z.array(z.string()).optional(),
  backend: z.array(z.string()).optional(),
  server: z.array(z.string()).optional(),
  subject: z.array(z.string()).optional(),
  labels: z.record(z.string(), z.array(z.string())).optional(),
});

export const silenceSchema: z.ZodType<SilenceStatus> = z
  .object({
    id: z.string(),
    match: matchSchema,
    from: timestampSchema,
    until: timestampSchema,
    reason: z.string(),
    author: z.string(),
    state: z.enum(["active", "pending", "ended"]),
  })
  .meta({ id: "Silence" }) as z.ZodType<SilenceStatus>;

export const silencesResponseSchema = z
  .object({ version, silences: z.array(silenceSchema), next: z.null() })
  .meta({ id: "SilencesAnswer" });

export const previewResponseSchema = z
  .object({
    version,
    alerts: z.array(
      exactSchema<PreviewEntry>()(
        z.object({
          id: z.string(),
          name: z.enum(["false-up", "false-down", ...NOTICES]),
          urgency: z.enum(ALERT_URGENCIES),
          subject: z.string(),
          sentence: z.string(),
          routes: z.array(
            z.object({
              route: z.string(),
              channels: z.array(z.string()),
              sends: z.boolean(),
              why: z.string().describe("Why it is sent, or not."),
            }),
          ),
        }),
      ),
    ),
  })
  .meta({ id: "AlertPreview" });

export const channelsResponseSchema = z
  .object({
    version,
    channels: z.array(
      exactSchema<ChannelStatus>()(
        z.object({
          name: z.string(),
          type: z.string(),
          perMinute: z.int().describe("Messages a minute; what is beyond becomes one summary."),
          held: z.int().describe("Groups of alerts that this limit holds back now."),
          error: z.string().nullable().describe("Why its last message did not arrive."),
          disabled: z.boolean().describe("Its receiver answered 410: it is sent nothing more."),
        }),
      ),
    ),
  })
  .meta({ id: "ChannelsAnswer" });

export const channelTestSchema = exactSchema<ChannelTest>()(
  z.object({ channel: z.string(), sent: z.boolean(), status: z.int().nullable(), error: z.string().nullable() }),
).meta({ id: "ChannelTest" });
