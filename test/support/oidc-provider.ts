import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { CertificateFiles } from "./certificates.ts";

/** What the provider does from now on; see oidc-provider.mjs. */
export interface ProviderChange {
  readonly user?: Readonly<Record<string, unknown>>;
  readonly tamper?: Readonly<Record<string, unknown>>;
  readonly rotate?: boolean;
}

/** A real OpenID provider in a process of its own. */
export interface OidcProviderProcess extends Disposable {
  readonly issuer: string;
  /** Resolves with the number of requests that were left without an answer so far. */
  change(change: ProviderChange): Promise<number>;
}

/** Starts a provider that sends users back to `redirectUri`; over https where it has a certificate. */
export async function startOidcProvider(redirectUri: string, tls?: CertificateFiles): Promise<OidcProviderProcess> {
  const child: ChildProcess = fork(join(import.meta.dirname, "oidc-provider.mjs"), [redirectUri], {
    silent: true,
    env: { ...process.env, ...(tls === undefined ? {} : { PROVIDER_CERT: tls.cert, PROVIDER_KEY: tls.key }) },
  });
  const [{ issuer }] = (await once(child, "message")) as [{ issuer: string }];
  return {
    issuer,
    async change(change) {
      const done = once(child, "message");
      child.send(change);
      const [{ hung }] = (await done) as [{ hung: number }];
      return hung;
    },
    [Symbol.dispose]: () => child.disconnect(),
  };
}

interface PageRequest {
  readonly method: string;
  readonly body: string | null;
}
type Fetch = (
  url: string,
  init: PageRequest & { readonly redirect: "manual"; readonly headers: Record<string, string> },
) => Promise<{ readonly headers: Pick<Headers, "get" | "getSetCookie">; text(): Promise<string> }>;

/** A browser at the provider: keeps its cookies, and follows its redirects. */
export class ProviderBrowser {
  readonly #cookies = new Map<string, string>();
  readonly #fetch: Fetch;

  constructor(fetchWith: Fetch = fetch) {
    this.#fetch = fetchWith;
  }

  /** Opens an address; resolves with the first address outside of the provider, or with the page that it ends at. */
  async open(
    url: string,
    init: PageRequest = { method: "GET", body: null },
  ): Promise<{ readonly left: URL | null; readonly page: string }> {
    const { origin } = new URL(url);
    let next = url;
    let { method, body } = init;
    for (let hops = 0; hops < 10; hops += 1) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const headers: Record<string, string> = {
        cookie,
        ...(body === null ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      };
      const response = await this.#fetch(next, { redirect: "manual", headers, method, body });
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === "") this.#cookies.delete(name);
        else this.#cookies.set(name, value);
      }
      const location = response.headers.get("location");
      if (location === null) return { left: null, page: await response.text() };
      const to = new URL(location, next);
      if (to.origin !== origin) return { left: to, page: "" };
      [next, method, body] = [to.href, "GET", null];
    }
    throw new Error("too many redirects");
  }
}
