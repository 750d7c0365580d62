import type { CredentialsPolicy, HttpProbe, ProxyProtocol, Target, TlsProfile } from "../../server/contract/target.ts";

/** What a test wants other than the ordinary: GET /readyz over plain HTTP, 200-299, whatever the body. */
export interface TargetOverrides {
  readonly key?: string;
  readonly host?: string;
  readonly port?: number;
  readonly probe?: Partial<Omit<HttpProbe, "tls">>;
  readonly tls?: Partial<TlsProfile>;
  readonly credentials?: Partial<CredentialsPolicy>;
  readonly guessed?: boolean;
  readonly everyMs?: number;
  readonly timeoutMs?: number;
  readonly socketPath?: string;
  readonly proxyProtocol?: ProxyProtocol;
  readonly connection?: Target["connection"];
}

/** A target of the wish; its key is `target` unless it is wished otherwise. */
export function makeTarget(wish: TargetOverrides = {}): Target & { readonly probe: HttpProbe } {
  return {
    key: wish.key ?? "target",
    network: "default",
    host: wish.host ?? "127.0.0.1",
    port: wish.port ?? 1,
    socketPath: wish.socketPath ?? null,
    proxyProtocol: wish.proxyProtocol ?? null,
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
    credentials: wish.credentials === undefined ? null : { ...NO_CREDENTIALS_POLICY, ...wish.credentials },
    guessed: wish.guessed ?? false,
    everyMs: wish.everyMs ?? 1_000,
    fastEveryMs: 200,
    timeoutMs: wish.timeoutMs ?? 5_000,
    connection: wish.connection ?? "fresh",
  };
}

const NO_CREDENTIALS_POLICY: CredentialsPolicy = {
  bearerTokenFile: null,
  basic: null,
  clientCertificate: null,
  sendTo: "allowed-address",
};
