import { z } from "zod";
import type { AuditStore } from "../contract/audit.ts";
import { CONTRACT_VERSION } from "../contract/status.ts";
import { BOUNDS } from "../bounds.ts";
import type { BodySender } from "./body-sender.ts";
import { sendStoreProblem } from "./problems.ts";
import type { Route } from "./route.ts";
import type { AuditResponse } from "./schemas/audit-schema.ts";
import { withQuery } from "./with-query.ts";

const LIMIT_DEFAULT = 100;

/** Parameters of `/api/v1/audit`. */
export const auditQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(BOUNDS.pageRowsDefault)
    .optional()
    .meta({ description: "Length of a page." }),
  next: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .meta({ description: "The `next` of the previous page." }),
});

/** Who wrote what, and who signed in. */
export function auditRoutes(parts: {
  readonly audit: { read: AuditStore["audit"] };
  readonly sender: BodySender;
}): readonly Route[] {
  const { audit, sender } = parts;
  return [
    {
      path: "/api/v1/audit",
      scope: "admin",
      handle: withQuery(auditQuery, async ({ limit = LIMIT_DEFAULT, next: cursor = null }, request, response) => {
        if (!sender.admitList(request, response)) return;
        try {
          const { rows, next } = await audit.read({ cursor, limit });
          const entries = rows.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() }));
          sender.sendJson(request, response, { version: CONTRACT_VERSION, entries, next } satisfies AuditResponse);
        } catch (error) {
          sendStoreProblem(response, error, "The audit log cannot be read now.");
        }
      }),
    },
  ];
}
