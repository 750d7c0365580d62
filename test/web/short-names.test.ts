import { expect, test } from "vitest";
import { shortenNames } from "../../web/lib/short-names.ts";

test.each([
  [
    ["haproxy-edge-frankfurt-01.example.net", "haproxy-edge-amsterdam-02.example.net"],
    ["frankfurt-01", "amsterdam-02"],
  ],
  [
    ["lb-1", "lb-2"],
    ["lb-1", "lb-2"],
  ],
  [["a-single-long-instance-name"], ["a-single-long-instance-name"]],
  [
    ["edge-frankfurt-1", "edge-frankfurt-10"],
    ["frankfurt-1", "frankfurt-10"],
  ],
  [[1, 2].map((n) => `payments-gateway-production-frankfurt-zone-lb-${n}.example.org`), ["lb-1", "lb-2"]],
  [
    ["frankfurt.example.net", "edge.frankfurt.example.net"],
    ["frankfurt", "edge.frankfurt"],
  ],
  [[], []],
])("%j are shown as %j", (names, shown) => {
  expect([...shortenNames(names).values()]).toEqual(shown);
});
