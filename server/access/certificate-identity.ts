import { createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { AuthSettings } from "../contract/settings.ts";
import type { AccessRequest } from "./access-request.ts";
import { type Authenticator, type Identity, NO_IDENTITY } from "./identity.ts";
import { principalWith } from "./role-map.ts";

type CertifiedRequest = Pick<AccessRequest, "certificate" | "origin" | "headers">;

/** The clients whose certificate `tls.client-ca-file` verified, by its common name. */
export class CertificateIdentity implements Authenticator {
  readonly isRequired = false;
  readonly #clock: Clock;
  readonly #csrfKey = randomBytes(32);
  #settings: AuthSettings["certificates"];

  constructor(clock: Clock, { certificates }: Pick<AuthSettings, "certificates">) {
    this.#clock = clock;
    this.#settings = certificates;
  }

  get isConfigured(): boolean {
    return this.#settings.length > 0;
  }

  configure({ certificates }: Pick<AuthSettings, "certificates">): void {
    this.#settings = certificates;
  }

  identify({ certificate, origin, headers }: CertifiedRequest): Identity {
    const settings = this.#settings;
    const subject = settings.length === 0 ? null : certificate();
    const entry = settings.find(({ commonName }) => commonName === subject?.commonName);
    if (entry === undefined || subject === null) return NO_IDENTITY;
    const isHeld = (): boolean => this.#settings === settings && this.#clock.wall() < subject.expiresAt;
    if (!isHeld()) return { kind: "refused", detail: "The client certificate has expired." };
    // A browser sends its certificate by itself, also for a page of another site; programs send none of these headers.
    const isBrowser = origin !== undefined || headers["sec-fetch-site"] !== undefined;
    return {
      kind: "known",
      principal: principalWith(entry.commonName, "certificate", entry, subject.expiresAt),
      csrfToken: isBrowser ? createHmac("sha256", this.#csrfKey).update(entry.commonName).digest("base64url") : null,
      isHeld,
    };
  }
}
