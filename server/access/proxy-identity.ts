import { createHmac, randomBytes } from "node:crypto";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { AuthSettings } from "../contract/settings.ts";
import type { AccessRequest } from "./access-request.ts";
import { type Authenticator, type Identity, NO_IDENTITY } from "./identity.ts";
import { grantOf, principalWith } from "./role-map.ts";

const NAME = /^[^\p{Cc}]{1,128}$/u;

/** The users that a trusted proxy names in a header. Streams are checked again after `proxyIdentityMs`. */
export class ProxyIdentity implements Authenticator {
  readonly isRequired = false;
  readonly #clock: Clock;
  readonly #csrfKey = randomBytes(32);
  #settings: AuthSettings["proxy"];

  constructor(clock: Clock, settings: Pick<AuthSettings, "proxy">) {
    this.#clock = clock;
    this.#settings = settings.proxy;
  }

  get isConfigured(): boolean {
    return this.#settings !== null;
  }

  configure({ proxy }: Pick<AuthSettings, "proxy">): void {
    this.#settings = proxy;
  }

  identify({ proxyHeaders }: Pick<AccessRequest, "proxyHeaders">): Identity {
    const settings = this.#settings;
    if (settings === null || proxyHeaders === null) return NO_IDENTITY;
    const names = proxyHeaders[settings.header];
    if (names === undefined) return NO_IDENTITY;
    const groupLines = settings.groupsHeader === null ? [] : (proxyHeaders[settings.groupsHeader] ?? []);
    // A second line may be the client's own.
    if (names.length > 1 || groupLines.length > 1) {
      return { kind: "refused", detail: "The identity of the proxy is there twice: it has to replace these headers." };
    }
    const [name = ""] = names;
    if (!NAME.test(name)) return { kind: "refused", detail: "The name that the proxy sends cannot be one." };
    const groups = (groupLines[0] ?? "").split(",").map((group) => group.trim());
    const grant = grantOf(groups.slice(0, BOUNDS.groupsMax), settings);
    if (grant === null) return { kind: "refused", detail: "None of your groups has a role here." };
    const expiresAt = this.#clock.wall() + BOUNDS.proxyIdentityMs;
    return {
      kind: "known",
      principal: principalWith(name, "proxy", grant, expiresAt),
      // A browser sends what its proxy takes for a proof by itself, also for a page of another site.
      csrfToken: createHmac("sha256", this.#csrfKey).update(name).digest("base64url"),
      isHeld: () => this.#settings === settings && this.#clock.wall() < expiresAt,
    };
  }
}
