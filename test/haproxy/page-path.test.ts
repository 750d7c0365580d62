import { expect, test } from "vitest";
import { buildPagePath } from "../../server/haproxy/page-path.ts";

test.each([
  ["/stats", "/stats;csv;norefresh"],
  ["/", "/;csv;norefresh"],
  ["/haproxy?stats", "/haproxy?stats;csv;norefresh"],
  ["/stats;norefresh", "/stats;norefresh;csv;norefresh"],
  // `stats uri /;csv` is valid: HAProxy searches the rest of the path.
  ["/;csv", "/;csv;csv;norefresh"],
  ["/stats?scope=web", "/stats?scope=web;csv;norefresh"],
])("%s is requested as %s", (path, expected) => {
  expect(buildPagePath(path, { backend: null, serversState: true })).toBe(expected);
});

test.each([
  ["/stats", "web", "/stats;csv;norefresh?scope=web"],
  ["/haproxy?stats", "a.b_c-d:1", "/haproxy?stats;csv;norefresh&scope=a.b_c-d:1"],
  ["/stats?scope=web", "web-1", "/stats?scope=web;csv;norefresh"],
  ["/stats", "a b", "/stats;csv;norefresh"],
  ["/stats", "a/b", "/stats;csv;norefresh"],
  ["/stats", "café", "/stats;csv;norefresh"],
  ["/stats", "x;up", "/stats;csv;norefresh"],
])("%s, backend %s, is requested as %s", (path, name, expected) => {
  expect(buildPagePath(path, { backend: { name, proxyId: 3 }, serversState: false })).toBe(expected);
});
