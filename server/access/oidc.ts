import { isDeepStrictEqual } from "node:util";
import type { Configuration, CustomFetch } from "openid-client";
import { BOUNDS } from "../bounds.ts";
import { readFileText } from "../scoped-files.ts";
import type { Clock } from "../clock.ts";
import type { OidcSettings } from "../contract/settings.ts";
import { fetchProvider } from "./oidc-fetch.ts";
import { grantOf, type RoleGrant } from "./role-map.ts";
import { SealedValues } from "./sealed-value.ts";

/** A sign-in that began: where the browser goes, and the value of the cookie that it brings back. */
export interface BegunSignIn {
  readonly url: string;
  readonly sealed: string;
}

/** What became of a sign-in. `failed` has a sentence for the user, and what the provider or its answer had wrong. */
export type FinishedSignIn =
  | {
      readonly kind: "user";
      readonly name: string;
      readonly grant: RoleGrant;
      readonly returnPath: string;
      /** Where the user signs out at the provider; null where it offers no such address. */
      readonly signOutUrl: string | null;
    }
  | FailedSignIn;

interface FailedSignIn {
  readonly kind: "failed";
  readonly status: 400 | 403 | 502 | 503;
  readonly detail: string;
  readonly cause: string;
}

interface Flow {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly returnPath: string;
  readonly endsAt: number;
}

/**
 * Signs users in by an OpenID provider: authorization code with PKCE, state and nonce, to the exact redirect URI. The
 * provider is asked when it is needed, so that one that is down stops nothing else.
 */
export class OidcSignIn {
  readonly #clock: Clock;
  /** The address of this page, without a slash at its end; null where none is configured. */
  readonly #publicUrl: string | null;
  #settings: OidcSettings | null;
  readonly #sealed = new SealedValues();
  #metadata: {
    readonly issuer: string;
    readonly server: ReturnType<Configuration["serverMetadata"]>;
    readonly at: number;
  } | null = null;
  readonly #timeoutMs: number;
  /** The one request for metadata that is under way. */
  #discovery: Promise<Configuration> | null = null;
  #underWay = 0;

  constructor(
    clock: Clock,
    settings: OidcSettings | null,
    publicUrl: string | null,
    timeoutMs: number = BOUNDS.oidcTimeoutMs,
  ) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#settings = settings;
    this.#publicUrl = publicUrl;
  }

  /** Replaces the provider; null: none signs users in. */
  configure(settings: OidcSettings | null): void {
    if (isDeepStrictEqual(settings, this.#settings)) return;
    this.#settings = settings;
    this.#metadata = null;
    this.#discovery = null;
  }

  /** False where no provider signs users in. */
  get isConfigured(): boolean {
    return this.#settings !== null && this.#publicUrl !== null;
  }

  get #redirectUri(): string {
    return `${this.#publicUrl}/oidc/callback`;
  }

  /** Rejects where the provider cannot be read. */
  async begin(returnPath: string): Promise<BegunSignIn> {
    const client = await import("openid-client");
    const settings = this.#provider();
    const config = await this.#configure(settings);
    const flow: Flow = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
      returnPath: safeReturnPath(returnPath),
      endsAt: this.#clock.wall() + BOUNDS.oidcFlowMs,
    };
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: this.#redirectUri,
      scope: settings.scopes.join(" "),
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: "S256",
    });
    return { url: url.href, sealed: this.#sealed.seal(flow) };
  }

  /** `query` is that of the redirect, `sealed` the cookie. Never rejects. */
  async finish(query: string, sealed: string | null): Promise<FinishedSignIn> {
    const flow = sealed === null ? null : (this.#sealed.open(sealed) as Flow | null);
    if (flow === null || this.#clock.wall() >= flow.endsAt) {
      return failed(400, "This sign-in was not begun here, or too long ago: begin it again.", "no flow");
    }
    if (this.#underWay >= BOUNDS.oidcExchangesMax) return failed(503, "Too many sign-ins are under way.", "busy");
    this.#underWay += 1;
    try {
      const client = await import("openid-client");
      const settings = this.#provider();
      const config = await this.#configure(settings);
      const tokens = await client.authorizationCodeGrant(config, new URL(`${this.#redirectUri}${query}`), {
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        pkceCodeVerifier: flow.verifier,
        idTokenExpected: true,
      });
      const user = toUser(tokens.claims() ?? {}, settings);
      if (user.kind === "failed") return user;
      return { ...user, returnPath: flow.returnPath, signOutUrl: await this.#signOutUrl(config, tokens.id_token) };
    } catch (error) {
      const { message, cause } = error as Error;
      const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
      return failed(502, "The provider's answer does not prove who you are: begin the sign-in again.", why);
    } finally {
      this.#underWay -= 1;
    }
  }

  /** The address of RP-initiated logout; a longer one than browsers and proxies take is left out. */
  async #signOutUrl(config: Configuration, idToken: string | undefined): Promise<string | null> {
    if (config.serverMetadata().end_session_endpoint === undefined || idToken === undefined) return null;
    const { buildEndSessionUrl } = await import("openid-client");
    const url = buildEndSessionUrl(config, {
      id_token_hint: idToken,
      post_logout_redirect_uri: `${this.#publicUrl}/`,
    }).href;
    return url.length <= BOUNDS.oidcSignOutUrlChars ? url : null;
  }

  #provider(): OidcSettings {
    if (this.#settings === null) throw new Error("no provider is configured");
    return this.#settings;
  }

  /** Keys are read with each sign-in, so that rotated ones are known at once. */
  async #configure({ issuer, clientId, clientSecretFile, caFile }: OidcSettings): Promise<Configuration> {
    const client = await import("openid-client");
    const ca = caFile === null ? null : await readFileText(caFile, BOUNDS.tlsFileMaxBytes);
    const secret =
      clientSecretFile === null ? null : (await readFileText(clientSecretFile, BOUNDS.tlsFileMaxBytes)).trim();
    const metadata = {
      ...(secret === null ? {} : { client_secret: secret }),
      [client.clockTolerance]: BOUNDS.oidcClockToleranceMs / 1_000,
    };
    const authentication = secret === null ? client.None() : client.ClientSecretBasic(secret);
    const fetch: CustomFetch = (url, options) => fetchProvider(url, options, ca, this.#timeoutMs);
    // oxlint-disable-next-line typescript/no-deprecated
    const allowHttp: (config: Configuration) => void = client.allowInsecureRequests;
    // The configuration takes plain http on loopback only.
    const execute = issuer.startsWith("http:") ? [allowHttp] : [];
    let known = this.#metadata;
    if (known?.issuer !== issuer || this.#clock.now() - known.at >= BOUNDS.oidcMetadataKeptMs) {
      const discovery = (this.#discovery ??= client.discovery(new URL(issuer), clientId, metadata, authentication, {
        [client.customFetch]: fetch,
        execute,
        timeout: this.#timeoutMs / 1_000,
      }));
      const discovered = await discovery.finally(() => {
        if (this.#discovery === discovery) this.#discovery = null;
      });
      known = { issuer, server: discovered.serverMetadata(), at: this.#clock.now() };
      this.#metadata = known;
    }
    const config = new client.Configuration({ ...known.server }, clientId, metadata, authentication);
    config[client.customFetch] = fetch;
    config.timeout = this.#timeoutMs / 1_000;
    for (const each of execute) each(config);
    // Without this the signature of the ID token is not verified.
    client.enableNonRepudiationChecks(config);
    return config;
  }
}

function toUser(
  claims: Readonly<Record<string, unknown>>,
  settings: OidcSettings,
): { readonly kind: "user"; readonly name: string; readonly grant: RoleGrant } | FailedSignIn {
  const { nameClaim, groupsClaim } = settings;
  const given = claims[nameClaim] ?? claims["sub"];
  const name = typeof given === "string" ? given : "";
  if (!/^[^\p{Cc}]{1,128}$/u.test(name))
    return failed(403, "The name that the provider gives cannot be one here.", nameClaim);
  const groups = [claimAt(claims, groupsClaim)].flat().filter((group) => typeof group === "string");
  const grant = grantOf(groups.slice(0, BOUNDS.groupsMax), settings);
  if (grant === null) return failed(403, "None of your groups has a role here.", `no role for ${name}`);
  return { kind: "user", name, grant };
}

/** A path of this page; `/` for anything that leads elsewhere. */
export function safeReturnPath(path: string): string {
  if (!/^\/(?![/\\])[!-~]{0,1024}$/.test(path) || path.includes("\\")) return "/";
  const url = URL.parse(path, "http://haprobe.invalid");
  return url?.host === "haprobe.invalid" ? `${url.pathname}${url.search}${url.hash}`.replace(/^\/{2,}/, "/") : "/";
}

/** A claim by its name, or by the dotted path to it, such as `realm_access.roles`. */
function claimAt(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let found: unknown = claims;
  for (const step of name.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[step];
  }
  return found;
}

function failed(status: FailedSignIn["status"], detail: string, cause: string): FailedSignIn {
  return { kind: "failed", status, detail, cause };
}
