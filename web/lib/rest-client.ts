/** What became of a write: `detail` says why it was refused. */
export type WriteResult =
  /** `body`: what haprobe answered, where it is read. */
  | { readonly kind: "done"; readonly body?: unknown }
  | { readonly kind: "needs-token" | "refused"; readonly detail: string };

/** Requests to haprobe's API; paths are relative to the dashboard's own: `api/v1/findings`. */
export interface RestClient {
  /** The body of an answer, which is trusted, to a token where there is one. Rejects with what haprobe says was wrong. */
  getJson<T>(path: string, signal: AbortSignal, token?: string | null): Promise<T>;
  /** Writes, with a token where there is one. Rejects where haprobe does not respond. */
  post(path: string, body: object, token: string | null, signal: AbortSignal): Promise<WriteResult>;
}

/** What requests need of the page's session. */
export interface RequestSession {
  readonly csrfHeader: { readonly "x-csrf-token"?: string };
  /** Called where haprobe does not know the sender, or no longer. */
  refresh(): Promise<void>;
}

const NO_SESSION: RequestSession = { csrfHeader: {}, refresh: () => Promise.resolve() };

/** Requests below this address. */
export function createRestClient(baseUri: string, session: RequestSession = NO_SESSION): RestClient {
  const base = new URL(".", baseUri);
  return {
    async getJson<T>(path: string, signal: AbortSignal, token: string | null = null): Promise<T> {
      const response = await fetch(new URL(path, base), {
        signal,
        headers: { accept: "application/json", ...authorization(token) },
        cache: "no-store",
      });
      if (response.ok) return (await response.json()) as T;
      if (response.status === 401) void session.refresh();
      const detail = await readDetail(response);
      throw new Error(detail ?? `haprobe responded ${response.status} to ${path.replace(/\?.*/, "")}`);
    },
    async post(path, body, token, signal) {
      const response = await fetch(new URL(path, base), {
        method: "POST",
        signal,
        headers: {
          "content-type": "application/json",
          ...authorization(token),
          // A token is not a browser's, so it needs no proof.
          ...(token === null ? session.csrfHeader : {}),
        },
        body: JSON.stringify(body),
      });
      if (response.ok) return { kind: "done", body: await response.json().catch(() => null) };
      const detail = (await readDetail(response)) ?? `haprobe responded ${response.status}`;
      if (response.status === 401) void session.refresh();
      // A token that may only read is asked for again, as a wrong one is.
      const needsToken = response.status === 401 || (response.status === 403 && token !== null);
      return { kind: needsToken ? "needs-token" : "refused", detail };
    },
  };
}

function authorization(token: string | null): { readonly authorization?: string } {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** The detail of a problem document; null without one. */
async function readDetail(response: Response): Promise<string | null> {
  const problem = (await response.json().catch(() => ({}))) as { detail?: string };
  return problem.detail ?? null;
}
