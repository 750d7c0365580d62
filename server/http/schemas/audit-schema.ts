import { z } from "zod";
import type { AuditEntry } from "../../contract/audit.ts";
import type { CONTRACT_VERSION } from "../../contract/status.ts";
import { exactSchema } from "./exact-schema.ts";
import { timestampSchema } from "./scalars.ts";
import { positionFields } from "./stream-schema.ts";

export interface AuditResponse {
  readonly version: typeof CONTRACT_VERSION;
  readonly entries: readonly (Omit<AuditEntry, "at"> & { readonly at: string })[];
  readonly next: string | null;
}

/** Body of `/api/v1/audit`. */
export const auditResponseSchema = exactSchema<AuditResponse>()(
  z
    .object({
      version: positionFields.version,
      entries: z
        .array(
          z.object({
            at: timestampSchema,
            name: z.string().nullable().describe("Name of the token or user; null where none was proved."),
            via: z.enum(["none", "token", "session", "proxy", "certificate"]),
            client: z.string().describe("Address of the client."),
            action: z.string().describe("Method and path, or what haprobe did itself."),
            status: z.number().int().describe("Status of the response."),
            detail: z.string().describe("Why it was refused, else empty."),
          }),
        )
        .readonly()
        .describe("Newest first."),
      next: z.string().nullable(),
    })
    .meta({ id: "AuditAnswer" }),
);
