import { z } from "zod";
import type { ConfigStatus, SenderStatus } from "../../contract/config-status.ts";
import { ROLES, SCOPES } from "../../contract/principal.ts";
import type { CONTRACT_VERSION } from "../../contract/status.ts";
import { exactSchema } from "./exact-schema.ts";
import { timestampSchema } from "./scalars.ts";
import { positionFields } from "./stream-schema.ts";

const { version } = positionFields;

export interface ConfigResponse extends ConfigStatus {
  readonly version: typeof CONTRACT_VERSION;
}

/** Body of `/api/v1/config`. */
export const configResponseSchema = exactSchema<ConfigResponse>()(
  z
    .object({
      version,
      text: z.string().describe("YAML as `haprobe config print` shows it, without secrets."),
      loadedAt: timestampSchema,
      needsRestart: z.array(z.string()).describe("Settings whose new value takes effect at a restart."),
      refused: z
        .object({ at: timestampSchema, errors: z.array(z.string()) })
        .nullable()
        .describe("A newer configuration that was refused."),
    })
    .meta({ id: "ConfigAnswer" }),
);

export interface SessionResponse extends SenderStatus {
  readonly version: typeof CONTRACT_VERSION;
  readonly signIn: readonly ("password" | "oidc")[];
  readonly signOutUrl: string | null;
}

/** Body of `/api/v1/session`. */
export const sessionResponseSchema = exactSchema<SessionResponse>()(
  z
    .object({
      version,
      tokensRequired: z.boolean().describe("Whether a write needs a token or a session."),
      name: z.string().nullable().describe("Name of the token or user; null without one that is known."),
      role: z.enum(ROLES).nullable(),
      via: z.enum(["none", "token", "session", "proxy", "certificate"]).describe("How it proved its name."),
      scopes: z.array(z.enum(SCOPES)).readonly().describe("Empty where it has to sign in first."),
      instances: z
        .array(z.string())
        .readonly()
        .nullable()
        .describe("Patterns of the instances that it sees; null: all."),
      teams: z.array(z.string()).readonly().nullable().describe("Teams whose instances it sees; null: all."),
      canRead: z.boolean(),
      canWrite: z.boolean(),
      detail: z.string().nullable().describe("Why a write would be refused."),
      expiresAt: timestampSchema.nullable().describe("When it has to prove its name again."),
      csrfToken: z.string().nullable().describe("What a write by this session carries in `x-csrf-token`."),
      signIn: z
        .array(z.enum(["password", "oidc"]))
        .readonly()
        .describe("Ways to sign in."),
      signOutUrl: z
        .string()
        .nullable()
        .describe("After a sign-out: where the browser signs out at the OpenID provider; null: nowhere."),
    })
    .meta({ id: "SessionAnswer" }),
);
