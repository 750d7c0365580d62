import type { AuthSettings, TokenSettings } from "../../server/contract/settings.ts";

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
  return { reading, tokens };
}
