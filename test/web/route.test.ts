import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { changeParameters, hrefOf, navigate, readRoute } from "../../web/lib/navigation.ts";
import { formatRoute, PAGES, parseRoute, type Route, routeOf } from "../../web/lib/route.ts";

describe("the route of a path", () => {
  const ROUTES: readonly [string, Route][] = [
    ["", { page: "overview" }],
    ["servers", { page: "servers", key: null }],
    ["servers/lb-1/k8s-api/cp-2", { page: "servers", key: "lb-1/k8s-api/cp-2" }],
    ["servers/lb-1/a%2Fb/cp-2", { page: "servers", key: "lb-1/a/b/cp-2" }],
    ["incidents", { page: "incidents", id: null }],
    ["incidents/0199-a", { page: "incidents", id: "0199-a" }],
    ["notifications", { page: "notifications", id: null }],
    ["settings", { page: "settings" }],
  ];
  test.each(ROUTES)("%s is read and written the same", (path, route) => {
    expect(parseRoute(path)).toEqual(route);
    expect(parseRoute(`${path}/`)).toEqual(route);
    expect(formatRoute(route)).toBe(path);
  });

  test("each page of the navigation has one", () => {
    for (const page of PAGES) expect(routeOf(page).page).toBe(page);
  });

  test.each(["nothing", "servers/lb-1", "incidents/1/2", "numbers/x", "//", "servers/%zz/a/b/c"])(
    "%s is none",
    (path) => {
      expect(parseRoute(path)).toEqual({ page: "not-found" });
    },
  );
});

describe("behind a proxy with a path", () => {
  const base = document.createElement("base");
  beforeEach(() => {
    base.href = "/haprobe/";
    document.head.append(base);
    window.history.replaceState(null, "", "/haprobe/servers?q=web&at=2026-11-27T03:12:00Z");
  });
  afterEach(() => {
    base.remove();
    window.history.replaceState(null, "", "/");
  });

  test("addresses are below it; a moment stays while pages change, filters do not", () => {
    expect(readRoute()).toEqual({ page: "servers", key: null });
    expect(hrefOf(routeOf("incidents"))).toBe("/haprobe/incidents?at=2026-11-27T03%3A12%3A00Z");
    navigate(hrefOf(routeOf("overview")));
    expect(readRoute()).toEqual({ page: "overview" });
    expect(window.location.pathname).toBe("/haprobe/");
  });

  test("a filter replaces its own parameters and leaves the others", () => {
    const entries = window.history.length;
    changeParameters(["q"], { q: "api" }, false);
    changeParameters(["q"], { q: "api" }, true);
    expect(window.history.length).toBe(entries);
    expect(window.location.href).toContain("/haprobe/servers?q=api&at=2026");
    changeParameters(["q", "at"], {}, true);
    expect(window.location.search).toBe("");
    expect(window.history.length).toBe(entries + 1);
  });
});
