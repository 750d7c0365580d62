import { expect, test } from "vitest";
import { buildPagePath } from "../../server/haproxy/page-path.ts";

test.each([
  ["/stats", "/stats;csv;norefresh"],
  ["/", "/;csv;norefresh"],
  ["/haproxy?stats", "/haproxy?stats;csv;norefresh"],
  ["/stats;norefresh", "/stats;norefresh;csv;norefresh"],
  // `stats uri /;csv` exists: what HAProxy looks for begins behind it.
  ["/;csv", "/;csv;csv;norefresh"],
  ["/stats?scope=web", "/stats?scope=web;csv;norefresh"],
])("%s is asked for as %s", (path, asked) => {
  expect(buildPagePath(path, { backend: null, serversState: true })).toBe(asked);
});

test.each([
  ["/stats", "web", "/stats;csv;norefresh?scope=web"],
  ["/haproxy?stats", "a.b_c-d:1", "/haproxy?stats;csv;norefresh&scope=a.b_c-d:1"],
  ["/stats?scope=web", "web-1", "/stats?scope=web;csv;norefresh"],
  ["/stats", "a b", "/stats;csv;norefresh"],
  ["/stats", "a/b", "/stats;csv;norefresh"],
  ["/stats", "café", "/stats;csv;norefresh"],
  ["/stats", "x;up", "/stats;csv;norefresh"],
])("%s, backend %s, is asked for as %s", (path, name, asked) => {
  expect(buildPagePath(path, { backend: { name, proxyId: 3 }, serversState: false })).toBe(asked);
});
