import { describe, expect, test } from "vitest";
import { renderSettings } from "../../server/config/render.ts";
import { loadText, settingsOf } from "./load-text.ts";

const FULL = `
listen: "[::]:8405"
listen-insecurely: true
public-url: https://example.org
allowed-hosts: [haprobe]
auth: {tokens: [{name: ci, role: operator, token-file: /etc/token, expires: 2027-06-30T10:00:00+02:00, teams: [web]}]}
data-dir: /state
database: postgres://db/haprobe
retention: {minutes: 2h}
recording: none
vantage: fra-1
haproxy:
  - {name: lb-1, stats: unix:/a, every: 500ms, labels: {price: 5$$, n: "7"}, address-map: [{from: "[::1]:80", to: "web:80"}]}
  - {name: "1", stats: "tcp://[::1]:9999"}
probes:
  - match: {backend: ["k8s-*", "!x"], label.price: "5*"}
    http: {path: "/readyz?a=\${A:-$$}", port: 6443, ca-file: /ca, headers: {accept: "*/*"}, expect: {status: [200, 3xx], body: /^ok$/}}
    allow: [10.0.0.0/8]
    every: 1500ms
    grace: auto
    expected: {verdict: false-down, why: "by design: yes"}
  - http: {scheme: http, expect: {body: {contains: "# no"}}}
  - match: {mode: tcp}
    http: {expect: {body: "true"}}
  - match: {}
    skip: true
`;

describe("the printed configuration", () => {
  test("loads to the same settings", () => {
    const env = { A: "$x" };
    const settings = settingsOf(loadText(FULL, { env }));
    expect(settingsOf(loadText(renderSettings(settings)))).toEqual(settings);
  });

  test("of nothing shows what holds", () => {
    expect(renderSettings(settingsOf(loadText("{}")))).toBe(`listen: 127.0.0.1:8405
listen-mode: 660
listen-insecurely: false
trusted-proxies: []
allowed-hosts: []
metrics:
  per-server: all
data-dir: none
retention:
  verdicts: 400d
  minutes: 7d
  hours: 400d
recording:
  keep: 6h
  max-size: 256MiB
auth:
  reading: open
  tokens: []
  session:
    idle: 12h
    absolute: 7d
  certificates: []
log-level: info
log-format: json
haproxy: []
probes: []
`);
  });

  test("shows no secret", () => {
    const text = `
database: postgres://haprobe:hunter2@db.example.org/haprobe?password=hunter2&sslmode=require
probes:
  - http:
      path: /health?token=hunter2&verbose=1
      headers: {x-api-key: hunter2, X-Auth-Token: hunter2, accept: text/plain}
`;
    const printed = renderSettings(settingsOf(loadText(text)));
    expect(printed).not.toContain("hunter2");
    expect(printed).toContain("path: /health?token=<redacted>&verbose=1");
    expect(printed).toContain("x-api-key: <redacted>");
    const database = "postgres://haprobe:<redacted>@db.example.org/haprobe?password=<redacted>&sslmode=require";
    expect(printed).toContain(`database: ${database}`);
    expect(printed).toContain("accept: text/plain");
  });

  test("shows no secret of a header for a stats page, nor what a probe sends", () => {
    const text = `
haproxy:
  - {name: page, stats: "http://10.0.0.2/stats", headers: {Cookie: hunter2, X-Api-Key: hunter2, x-tenant: a}}
  - {discover: {dns: lb.example, port: 80, scheme: http}, name: all, headers: {X-Auth-Token: hunter2, x-tenant: b}}
probes:
  - tcp: {send: "AUTH hunter2", expect: OK}
`;
    const printed = renderSettings(settingsOf(loadText(text)));
    expect(printed).not.toContain("hunter2");
    expect(printed.split("<redacted>")).toHaveLength(5);
    expect(printed).toContain("x-tenant: a");
    expect(printed).toContain("x-tenant: b");
  });
});
