import type { CredentialsPolicy, HttpProbe, Target, TlsProfile } from "../../server/contract/target.ts";

/** What a test wants other than the ordinary: GET /readyz over plain HTTP, 200-299, whatever the body. */
export interface TargetWish {
  readonly key?: string;
  readonly host?: string;
  readonly port?: number;
  readonly probe?: Partial<Omit<HttpProbe, "tls">>;
  readonly tls?: Partial<TlsProfile>;
  readonly credentials?: CredentialsPolicy;
  readonly guessed?: boolean;
  readonly everyMs?: number;
  readonly timeoutMs?: number;
}

/** A target of the wish; its key is `target` unless it is wished otherwise. */
export function makeTarget(wish: TargetWish = {}): Target {
  return {
    key: wish.key ?? "target",
    network: "default",
    host: wish.host ?? "127.0.0.1",
    port: wish.port ?? 1,
    probe: {
      type: "http",
      scheme: "http",
      method: "GET",
      path: "/readyz",
      hostHeader: "kubernetes",
      headers: {},
      expectStatus: [{ from: 200, to: 299 }],
      expectBody: { kind: "any" },
      ...wish.probe,
      tls: { serverName: null, caFile: null, verify: false, ...wish.tls },
    },
    credentials: wish.credentials ?? null,
    guessed: wish.guessed ?? false,
    everyMs: wish.everyMs ?? 1_000,
    fastEveryMs: 200,
    timeoutMs: wish.timeoutMs ?? 5_000,
    connection: "fresh",
  };
}
