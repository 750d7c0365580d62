import { describe, expect, test } from "vitest";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { isLoopbackHost } from "../../server/contract/listen.ts";
import { accessRequest } from "./access-request.ts";

const local = createAccessGuard({ listenHost: "127.0.0.1", publicUrl: null, allowedHosts: [] });
const published = createAccessGuard({
  listenHost: "0.0.0.0",
  publicUrl: "https://haprobe.example.org/lb",
  allowedHosts: [],
});

describe("a listener that serves reading only", () => {
  const guard = createAccessGuard({ listenHost: "127.0.0.1", isReadOnly: true, publicUrl: null, allowedHosts: [] });

  test("refuses each write with 403, and says so to its sender before", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      const write = accessRequest({ method, contentType: "application/json" });
      for (const scope of ["write", "admin", "ingest", "read"] as const) {
        expect(await guard.admit(write, scope)).toMatchObject({ ok: false, status: 403 });
      }
    }
    const sender = await guard.describeSender(accessRequest({}));
    expect(sender).toMatchObject({ canRead: true, canWrite: false, detail: expect.stringContaining("reading only") });
    expect(await guard.admit(accessRequest({}), "read")).toMatchObject({ ok: true });
  });
});

describe("the Host header", () => {
  test.each(["127.0.0.1", "127.0.0.1:8405", "10.0.0.5:8405", "[::1]:8405", "[fd00::1]", "localhost:8405", "LocalHost"])(
    "%s is an address or localhost and passes",
    (host) => expect(local.checkHost(accessRequest({ host }))).toEqual({ ok: true }),
  );

  test.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "1.2.3",
    "[::1",
    "[evil]:80",
    "127.0.0.1:80@evil.example",
    "haprobe.example.org",
    "",
    undefined,
  ])("%s is refused with 421", (host) => {
    expect(local.checkHost(accessRequest({ host }))).toMatchObject({ ok: false, status: 421 });
  });

  test("the name of public-url passes with any port, another name does not", () => {
    expect(published.checkHost(accessRequest({ host: "haprobe.example.org" })).ok).toBe(true);
    expect(published.checkHost(accessRequest({ host: "Haprobe.Example.org:8443" })).ok).toBe(true);
    expect(published.checkHost(accessRequest({ host: "www.example.org" })).ok).toBe(false);
  });
});

test("a name of allowed-hosts passes as Host and as Origin, with any port, another name does not", () => {
  const guard = createAccessGuard({ listenHost: "0.0.0.0", publicUrl: null, allowedHosts: ["haprobe", "lb.internal"] });
  for (const host of ["haprobe", "HAPROBE:8405", "lb.internal"]) {
    expect(guard.checkHost(accessRequest({ host })).ok).toBe(true);
    expect(guard.checkOrigin(accessRequest({ host: "10.0.0.5:8405", origin: `https://${host}` })).ok).toBe(true);
  }
  for (const host of ["evil.lb.internal", "haprobe.evil.example"]) {
    expect(guard.checkHost(accessRequest({ host }))).toMatchObject({ status: 421 });
    expect(guard.checkOrigin(accessRequest({ host: "10.0.0.5", origin: `https://${host}` }))).toMatchObject({
      status: 403,
    });
  }
});

describe("the Origin header", () => {
  test("a client that sends none is no browser and passes", () => {
    expect(local.checkOrigin(accessRequest({})).ok).toBe(true);
  });

  test.each([
    ["http://127.0.0.1:8405", "127.0.0.1:8405"],
    ["http://localhost", "localhost"],
    ["http://localhost", "localhost:80"],
    ["https://10.0.0.5", "10.0.0.5:443"],
    ["http://[::1]:8405", "[::1]:8405"],
  ])("%s is the own origin where Host is %s", (origin, host) => {
    expect(local.checkOrigin(accessRequest({ origin, host })).ok).toBe(true);
  });

  test.each([
    "null",
    "http://evil.example",
    "http://127.0.0.1:9999",
    "http://127.0.0.1",
    "http://localhost:8405",
    "file://127.0.0.1:8405",
    "http://127.0.0.1:8405.evil.example",
    "",
  ])("%s is foreign where Host is 127.0.0.1:8405", (origin) => {
    expect(local.checkOrigin(accessRequest({ origin }))).toMatchObject({ ok: false, status: 403 });
  });

  test("behind a proxy that rewrites Host the origin of public-url passes, with its scheme only", () => {
    expect(published.checkOrigin(accessRequest({ origin: "https://haprobe.example.org" })).ok).toBe(true);
    expect(published.checkOrigin(accessRequest({ origin: "http://haprobe.example.org" })).ok).toBe(false);
  });

  test("of plain http is refused where the page comes over TLS", () => {
    const page = { origin: "http://127.0.0.1:8405", host: "127.0.0.1:8405" };
    expect(local.checkOrigin(accessRequest(page)).ok).toBe(true);
    expect(local.checkOrigin(accessRequest({ ...page, isSecure: true }))).toMatchObject({ ok: false, status: 403 });
  });
});

describe("a write without auth", () => {
  const write = { method: "POST", contentType: "application/json; charset=utf-8" };

  test("passes as JSON, from the own origin or without one", async () => {
    expect(await local.admit(accessRequest(write), "write")).toMatchObject({ ok: true });
    const own = accessRequest({ ...write, origin: "http://127.0.0.1:8405" });
    expect(await local.admit(own, "write")).toMatchObject({ ok: true });
  });

  test.each([undefined, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp"])(
    "with content-type %s is refused with 415",
    async (contentType) => {
      const request = accessRequest({ method: "DELETE", contentType });
      expect(await local.admit(request, "write")).toMatchObject({ status: 415 });
    },
  );

  test("from a foreign origin is refused with 403", async () => {
    const request = accessRequest({ ...write, origin: "http://evil.example" });
    expect(await local.admit(request, "write")).toMatchObject({ status: 403 });
  });

  test("that a proxy passed on is refused with 403, since it may come from anywhere", async () => {
    const forwarded = accessRequest({ ...write, isForwarded: true });
    expect(await local.admit(forwarded, "write")).toMatchObject({ status: 403 });
    expect(await local.admit({ ...forwarded, method: "GET" }, "read")).toMatchObject({ ok: true });
  });

  test("is refused with 403 on a listener outside loopback, a read is not", async () => {
    expect(await published.admit(accessRequest(write), "write")).toMatchObject({ status: 403 });
    for (const method of ["GET", "HEAD"]) {
      expect(await published.admit(accessRequest({ method }), "read")).toMatchObject({ ok: true });
    }
  });

  test("never is a vantage's: ingest needs a token", async () => {
    expect(await local.admit(accessRequest(write), "ingest")).toMatchObject({ status: 401 });
  });
});

test.each(["read", "stream", "metrics"] as const)(
  "an unknown Host is refused before anything else: %s",
  async (scope) => {
    expect(await local.admit(accessRequest({ host: "evil.example" }), scope)).toMatchObject({ status: 421 });
  },
);

test("a stream of a foreign origin is refused, as a write is", async () => {
  const foreign = accessRequest({ origin: "http://evil.example" });
  expect(await local.admit(foreign, "stream")).toMatchObject({ ok: false, status: 403 });
  expect(await local.admit(accessRequest({}), "stream")).toMatchObject({ ok: true });
});

test.each([
  ["127.0.0.1", true],
  ["127.8.9.1", true],
  ["::1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["::", false],
  ["10.0.0.1", false],
  ["127.evil.example", false],
])("listening on %s is loopback: %s", (host, loopback) => {
  expect(isLoopbackHost(host)).toBe(loopback);
});
