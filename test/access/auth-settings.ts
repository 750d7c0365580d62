import { BOUNDS } from "../../server/bounds.ts";
import type { AuthSettings, TokenSettings, UserSettings } from "../../server/contract/settings.ts";

/** An entry of `auth.tokens`, changed by `fields`. */
export function tokenSettings(fields: Partial<TokenSettings> & Pick<TokenSettings, "name">): TokenSettings {
  return {
    role: null,
    scopes: null,
    tokenFile: null,
    tokenHash: null,
    expires: null,
    instances: null,
    teams: null,
    vantage: null,
    ...fields,
  };
}

/** `auth:` with these tokens; reading is open unless it is said otherwise. */
export function authSettings(
  tokens: readonly TokenSettings[],
  reading: AuthSettings["reading"] = "open",
): AuthSettings {
  const session = { idleMs: BOUNDS.sessionIdleMs, absoluteMs: BOUNDS.sessionAbsoluteMs };
  return { reading, tokens, certificates: [], proxy: null, oidc: null, usersFile: null, users: [], session };
}

/** A user of the file, an operator unless it is said otherwise. */
export function userSettings(
  fields: Partial<UserSettings> & Pick<UserSettings, "name" | "passwordHash">,
): UserSettings {
  return { role: "operator", instances: null, teams: null, ...fields };
}
