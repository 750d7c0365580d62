import type { SenderStatus } from "../../server/contract/config-status.ts";

/** Who is signed in, and the ways to sign in. */
export type SessionStatus = SenderStatus & {
  readonly signIn: readonly ("password" | "oidc")[];
  /** After a sign-out: where the browser signs out at the provider. */
  readonly signOutUrl: string | null;
};

/** What became of a sign-in or a sign-out: empty, or why it was refused. */
export type SignInError = string;

/** Who is signed in: asked at the start of the page, and whenever haprobe refuses a request. */
export class Session {
  readonly #base: URL;
  readonly #listeners = new Set<() => void>();
  #status: SessionStatus | null = null;
  #isAsking = false;
  #isWanted = false;

  constructor(baseUri: string) {
    this.#base = new URL(".", baseUri);
  }

  /** Null until haprobe has answered. */
  get status(): SessionStatus | null {
    return this.#status;
  }

  /** True where the page shows the sign-in in place of everything else. */
  get needsSignIn(): boolean {
    return this.#status !== null && (!this.#status.canRead || this.#isWanted);
  }

  /** Header that proves to haprobe that a write comes from this page. */
  get csrfHeader(): { readonly "x-csrf-token"?: string } {
    const token = this.#status?.csrfToken ?? null;
    return token === null ? {} : { "x-csrf-token": token };
  }

  /** Calls `listener` after each change; the returned function unsubscribes. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks haprobe who is signed in. Where it does not respond, what was known stays. */
  async refresh(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const response = await fetch(new URL("api/v1/session", this.#base), { cache: "no-store" });
      if (response.ok) this.#set((await response.json()) as SessionStatus);
    } catch {
      // The feed says that haprobe does not respond.
    } finally {
      this.#isAsking = false;
    }
  }

  /** Shows the sign-in where reading needs none. */
  askSignIn(): void {
    this.#isWanted = true;
    this.#emit();
  }

  /** Signs in; the page is loaded again at its address then, so that nothing of another user stays in it. */
  async signIn(name: string, password: string): Promise<SignInError> {
    return this.#post("api/v1/session/sign-in", { name, password });
  }

  async signOut(): Promise<SignInError> {
    return this.#post("api/v1/session/sign-out", {});
  }

  async #post(path: string, body: object): Promise<SignInError> {
    try {
      const response = await fetch(new URL(path, this.#base), {
        method: "POST",
        headers: { "content-type": "application/json", ...this.csrfHeader },
        body: JSON.stringify(body),
      });
      if (response.ok) {
        const { signOutUrl } = (await response.json()) as SessionStatus;
        if (signOutUrl === null) window.location.reload();
        else window.location.assign(signOutUrl);
        return "";
      }
      const { detail } = (await response.json().catch(() => ({}))) as { detail?: string };
      return detail ?? `haprobe responded ${response.status}`;
    } catch {
      return "haprobe does not respond.";
    }
  }

  #set(status: SessionStatus): void {
    this.#status = status;
    this.#emit();
  }

  #emit(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
