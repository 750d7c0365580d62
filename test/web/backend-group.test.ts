import { expect, test } from "vitest";
import { countByVerdict, groupByBackend, healthyText } from "../../web/lib/backend-group.ts";
import { ongoingMismatches, ongoingVerdicts } from "../../web/lib/ongoing-incidents.ts";
import { parseStripRange } from "../../web/lib/strip-range.ts";
import { describeFilters, formatViewQuery, parseViewQuery, queryMatcher } from "../../web/lib/view-query.ts";
import { tableItems } from "../../web/lib/table-items.ts";
import { falseUpApiserver, sampleServer, sampleServers } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 22, 13, 7, 33);
const servers = sampleServers(NOW);
const byKey = new Map(servers.map((server) => [server.key, server]));
const plain = parseViewQuery("");

test("groups with mismatches come first, worst first; the others keep HAProxy's order", () => {
  expect(groupByBackend(servers).map((group) => group.id)).toEqual([
    "lb-1/k8s-api",
    "lb-2/k8s-api",
    "lb-2/shop-web",
    "lb-1/shop-web",
    "lb-1/rke2-join",
    "lb-2/rke2-join",
    "lb-1/img-cache",
    "lb-2/legacy-app",
  ]);
});

test("backends with a mismatch are in the order of the cards, then the oldest pending one, whatever the order of the list", () => {
  const minutesAgo = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();
  const fails = (backend: string, minutes: number, healthyLeft: number, part = {}) =>
    falseUpApiserver(NOW, {
      backend,
      address: `${backend}:6443`,
      since: minutesAgo(minutes),
      misrouted: { healthyLeft },
      ...part,
    });
  const list = [
    sampleServer(NOW, { backend: "quiet-2" }),
    fails("pending-new", 1, 2, { phase: "suspected" }),
    fails("pending-old", 3, 2, { phase: "settling" }),
    fails("old", 9, 2),
    fails("new-b", 2, 2),
    fails("new-a", 2, 2),
    fails("down", 5, 2, { verdict: "false-down" }),
    sampleServer(NOW, { backend: "down", server: "cp-3", verdict: "agree-down" }),
    fails("without-a-healthy-one", 1, 0),
    sampleServer(NOW, { backend: "quiet-1" }),
  ];
  const orderOf = (rows: typeof list): readonly string[] => {
    const ongoing = ongoingVerdicts(ongoingMismatches(rows, [], new Map()));
    return groupByBackend(rows, ongoing).map(({ backend }) => backend);
  };
  const order = ["without-a-healthy-one", "old", "new-a", "new-b", "down", "pending-old", "pending-new"];
  expect(orderOf(list)).toEqual([...order, "quiet-2", "quiet-1"]);
  expect(orderOf(list.toReversed())).toEqual([...order, "quiet-1", "quiet-2"]);
});

test("of a hub, whose list has no order of HAProxy, healthy backends and servers are by name", () => {
  const { probe, haproxy } = sampleServer(NOW);
  const side = { ...probe, home: false, haproxy, verdict: "agree-up", phase: null, reason: null } as const;
  const probes = [{ ...side, sentence: "", uncounted: null, heardAt: new Date(NOW).toISOString() }];
  const list = ["b-10/web-2", "b-9/web-10", "a/web-1", "b-9/web-9"].map((name) => {
    const [backend = "", server = ""] = name.split("/");
    return { ...sampleServer(NOW, { backend, server }), probes };
  });
  const order = ["lb-1/a/web-1", "lb-1/b-9/web-9", "lb-1/b-9/web-10", "lb-1/b-10/web-2"];
  for (const rows of [list, list.toReversed()]) expect(groupByBackend(rows).flatMap(({ keys }) => keys)).toEqual(order);
});

test("within a group the worst comes first and equals keep their order", () => {
  const group = groupByBackend(servers).find(({ id }) => id === "lb-2/shop-web");
  expect(group?.keys.slice(0, 5).map((key) => key.split("/").at(-1))).toEqual([
    "web-11",
    "web-09",
    "web-16",
    "web-01",
    "web-02",
  ]);
});

test("an expected mismatch ranks as out of service", () => {
  const expected = falseUpApiserver(NOW, { backend: "a", expected: "known" });
  const other = sampleServer(NOW, { backend: "b", server: "x", verdict: "false-up", phase: "settling" });
  expect(groupByBackend([expected, other]).map((group) => group.backend)).toEqual(["b", "a"]);
});

test("the counters count every row once, expected mismatches also apart", () => {
  const { total: counts, expected } = countByVerdict([
    ...servers,
    falseUpApiserver(NOW, { backend: "a", expected: "known" }),
  ]);
  expect(counts).toEqual({
    "false-up": 3,
    "false-down": 1,
    suspected: 1,
    "agree-down": 2,
    unknown: 1,
    "out-of-service": 2,
    "agree-up": 43,
  });
  expect(expected["false-up"]).toBe(1);
});

test("healthy servers are those that are up in both; where none is, and some have no verdict, their number is not known", () => {
  expect(healthyText([sampleServer(NOW), sampleServer(NOW, { verdict: "agree-down" })])).toBe("1");
  expect(healthyText([sampleServer(NOW, { verdict: "unknown" })])).toBe("?");
  const failing = sampleServer(NOW, { verdict: "false-up" });
  expect(healthyText([failing, sampleServer(NOW, { verdict: "unknown" })])).toBe("?");
  expect(healthyText([failing])).toBe("0");
  expect(healthyText([])).toBe("0");
});

test("a view round-trips through the address bar", () => {
  const query = parseViewQuery(
    "?verdict=unknown,false-up,nonsense&problems=1&q=cp+10.0&range=7d&instance=lb-1&site=fra,nyc&check=check-blind,x&sort=-sessions&group=site",
  );
  expect(query).toEqual({
    verdicts: ["false-up", "unknown"],
    mismatchesOnly: true,
    text: "cp 10.0",
    instances: ["lb-1"],
    sites: ["fra", "nyc"],
    qualities: ["check-blind"],
    sort: { column: "sessions", isDescending: true },
    range: parseStripRange("7d"),
    grouping: "site",
  });
  expect(parseViewQuery(formatViewQuery(query))).toEqual(query);
  expect(formatViewQuery(plain)).toBe("");
  expect(describeFilters(query)).toBe(
    "'false-up' and 'unknown' and 'only mismatches' and 'lb-1' and 'fra' and 'nyc' and 'check-blind' and 'cp 10.0'",
  );
});

test("sorted by another column, groups are in the order of their first servers that match, those without a value last", () => {
  const make = (backend: string, server: string, sessionsCurrent: number | null) => {
    const made = sampleServer(NOW, { backend, server });
    return { ...made, haproxy: { ...made.haproxy, sessionsCurrent } };
  };
  const members = [make("a", "a-1", 5), make("a", "a-2", 40), make("b", "b-1", null), make("b", "b-2", 20)];
  const keysBy = (search: string): string[] =>
    groupByBackend(members, new Map(), parseViewQuery(search)).flatMap(({ keys }) =>
      keys.map((key) => key.split("/").at(-1) ?? ""),
    );
  expect(keysBy("?sort=-sessions")).toEqual(["a-2", "a-1", "b-2", "b-1"]);
  expect(keysBy("?sort=sessions")).toEqual(["a-1", "a-2", "b-2", "b-1"]);
  expect(keysBy("?sort=-sessions&q=2")).toEqual(["a-2", "a-1", "b-2", "b-1"]);
  expect(keysBy("?sort=-server&q=1")).toEqual(["b-2", "b-1", "a-2", "a-1"]);
});

test("instance and quality of the check filter", () => {
  const count = (search: string): number => servers.filter(queryMatcher(parseViewQuery(search))).length;
  expect(count("?instance=lb-2")).toBe(servers.filter(({ instance }) => instance === "lb-2").length);
  expect(count("?check=check-blind")).toBe(servers.filter(({ quality }) => quality === "check-blind").length);
  expect(count("?check=check-blind")).toBeGreaterThan(0);
});

test("a search requires every word in the key or the address", () => {
  const found = (text: string): number => servers.filter(queryMatcher({ ...plain, text })).length;
  expect(found("k8s-api lb-2")).toBe(3);
  expect(found("10.0.0.12:6443")).toBe(2);
  expect(found("CP-2 nowhere")).toBe(0);
});

test("a filter drops groups without a match; collapsed groups keep their head", () => {
  const groups = groupByBackend(servers);
  const isCollapsed = ({ id }: { id: string }): boolean => id === "lb-2/k8s-api";
  const shown = tableItems(groups, byKey, { ...plain, verdicts: ["false-up"] }, isCollapsed);
  expect(shown).toEqual({
    matching: 2,
    items: [
      { kind: "group", id: "lb-1/k8s-api", isExpanded: true },
      { kind: "server", key: "lb-1/k8s-api/cp-2", name: "cp-2" },
      { kind: "group", id: "lb-2/k8s-api", isExpanded: false },
    ],
  });
});

test("rows that stay the same stay the same objects, and so does a list of them", () => {
  const groups = groupByBackend(servers);
  const all = tableItems(groups, byKey, plain, () => false).items;
  expect(tableItems(groups, byKey, plain, () => false, all).items).toBe(all);
  const [first, ...others] = tableItems(groups, byKey, plain, ({ id }) => id === groups.at(-1)?.id, all).items;
  expect(first).toBe(all[0]);
  expect(others.length).toBeLessThan(all.length - 1);
});
