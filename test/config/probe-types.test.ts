import { describe, expect, test } from "vitest";
import { DEFAULT_HTTP } from "../../server/config/defaults.ts";
import { renderSettings } from "../../server/config/render.ts";
import { loadText, settingsOf } from "./load-text.ts";

const FILES = { "/cfg/ca": "", "/cfg/c": "", "/cfg/k": "", "/cfg/t": "", "/cfg/p": "" };
const FULL = `
haproxy:
  - {name: lb-1, stats: "unix:/a", address-map: [{from: lb-1/api/s1, to: "unix:/run/app.sock"}]}
probes:
  - match: {backend: a}
    http: {username: probe, password-file: p, ca-file: ca, client-cert-file: c, client-key-file: k, proxy-protocol: v1}
    allow: ["unix:/run/app.sock", 10.0.0.0/8]
  - match: {backend: b}
    tcp: {port: 6379, tls: true, server-name: redis, ca-file: ca, send: "PING\\r\\n", expect: +PONG, proxy-protocol: v2}
  - match: {backend: c}
    tcp: {expect: /^220 /}
  - match: {backend: d}
    grpc: {tls: true, host: "cart:443", ca-file: ca, bearer-token-file: t, service: shop.v1.Cart}
  - match: {backend: e}
    grpc: {}
  - match: {backend: f}
    http: {tls: {min-version: 1.0, ciphers: "DEFAULT@SECLEVEL=0"}}
  - match: {backend: g}
    tcp: {tls: {min-version: "1.2"}, ca-file: ca}
`;

const NOTHING = {
  port: null,
  serverName: null,
  caFile: null,
  insecureSkipVerify: false,
  clientCertFile: null,
  clientKeyFile: null,
  proxyProtocol: null,
};

describe("the probe of a rule", () => {
  const { rules, instances } = settingsOf(loadText(FULL, {}, FILES));
  const [http, redis, smtp, cart, grpc, oldHttps, tcpOverTls] = rules;

  test("over HTTP, with all credentials", () => {
    expect(http).toMatchObject({
      probe: {
        ...DEFAULT_HTTP,
        username: "probe",
        passwordFile: "/cfg/p",
        caFile: "/cfg/ca",
        clientCertFile: "/cfg/c",
        clientKeyFile: "/cfg/k",
        proxyProtocol: "v1",
      },
      allow: ["unix:/run/app.sock", "10.0.0.0/8"],
    });
    expect(instances[0]?.addressMap).toEqual([{ from: "lb-1/api/s1", to: "unix:/run/app.sock" }]);
  });

  test("over TCP, where the expected text may be anywhere", () => {
    expect(redis?.probe).toEqual({
      type: "tcp",
      ...NOTHING,
      port: 6379,
      serverName: "redis",
      caFile: "/cfg/ca",
      proxyProtocol: "v2",
      tls: { minVersion: null, ciphers: null },
      send: "PING\r\n",
      expect: { kind: "contains", text: "+PONG" },
    });
    expect(smtp).toMatchObject({
      probe: { type: "tcp", ...NOTHING, tls: null, send: null, expect: { kind: "matches", pattern: "^220 " } },
    });
  });

  test("gRPC's health service, about one service or the whole", () => {
    expect(cart?.probe).toEqual({
      type: "grpc",
      ...NOTHING,
      caFile: "/cfg/ca",
      tls: { minVersion: null, ciphers: null },
      host: "cart:443",
      service: "shop.v1.Cart",
      bearerTokenFile: "/cfg/t",
    });
    expect(grpc?.probe).toEqual({
      type: "grpc",
      ...NOTHING,
      tls: null,
      host: null,
      service: null,
      bearerTokenFile: null,
    });
  });

  test("with what its TLS handshake offers", () => {
    expect(oldHttps?.probe).toMatchObject({ tls: { minVersion: "1.0", ciphers: "DEFAULT@SECLEVEL=0" } });
    expect(tcpOverTls?.probe).toMatchObject({ tls: { minVersion: "1.2", ciphers: null } });
  });

  test.each([
    ["http: {tls: {min-version: 1.4}}", /min-version is 1.4; expected 1.0, 1.1, 1.2 or 1.3/],
    ["http: {tls: {min-version: 1.1}}", /min-version has no effect without @SECLEVEL=0 in ciphers/],
    ["http: {tls: {ciphers: nonsense}}", /ciphers is "nonsense"; expected a list of ciphers/],
    ["http: {scheme: http, tls: {ciphers: DEFAULT}}", /tls has no effect with scheme: http/],
    ["http: {version: 2, expect: {status: 101}}", /version cannot open a WebSocket/],
    ["http: {method: HEAD, expect: {status: [101]}}", /method cannot open a WebSocket/],
    ["tcp: {tls: maybe}", /tls is .*; expected true, false, or a mapping with min-version and ciphers/],
  ])("%s is refused", (rule, message) => {
    expect(() => settingsOf(loadText(`probes: [{${rule}}]`))).toThrow(message);
  });

  test("is printed so that it loads to the same", () => {
    const settings = settingsOf(loadText(FULL.replace('send: "PING\\r\\n", ', ""), {}, FILES));
    expect(settingsOf(loadText(renderSettings(settings), {}, FILES))).toEqual(settings);
  });

  test("is printed without the text that is sent over TCP, which may hold a password", () => {
    const text = 'probes: [{tcp: {send: "AUTH hunter2\\r\\n", expect: +OK}}]';
    const printed = renderSettings(settingsOf(loadText(text)));
    expect(printed).not.toContain("hunter2");
    expect(printed).toContain("send: <redacted>");
  });
});
