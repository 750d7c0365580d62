import type { CredentialsPolicy, HttpProbe, ProxyProtocol, Target, TlsProfile } from "../../server/contract/target.ts";

/** Overrides of the default: GET /readyz over plain HTTP, 200-299, any body. */
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

/** A target with these overrides; its key is `target` by default. */
export function makeTarget(overrides: TargetOverrides = {}): Target & { readonly probe: HttpProbe } {
  return {
    key: overrides.key ?? "target",
    network: "default",
    host: overrides.host ?? "127.0.0.1",
    port: overrides.port ?? 1,
    socketPath: overrides.socketPath ?? null,
    proxyProtocol: overrides.proxyProtocol ?? null,
    probe: {
      type: "http",
      scheme: "http",
      method: "GET",
      path: "/readyz",
      hostHeader: "kubernetes",
      version: "auto",
      headers: {},
      expectStatus: [{ from: 200, to: 299 }],
      expectBody: { kind: "any" },
      ...overrides.probe,
      tls: { serverName: null, caFile: null, verify: false, minVersion: null, ciphers: null, ...overrides.tls },
    },
    credentials: overrides.credentials === undefined ? null : { ...NO_CREDENTIALS_POLICY, ...overrides.credentials },
    guessed: overrides.guessed ?? false,
    everyMs: overrides.everyMs ?? 1_000,
    fastEveryMs: 200,
    timeoutMs: overrides.timeoutMs ?? 5_000,
    connection: overrides.connection ?? "fresh",
  };
}

const NO_CREDENTIALS_POLICY: CredentialsPolicy = {
  bearerTokenFile: null,
  basic: null,
  clientCertificate: null,
  sendTo: "allowed-address",
};
