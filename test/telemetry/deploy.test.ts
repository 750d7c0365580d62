import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type ControlPlane, startControlPlane, waitForVerdicts } from "../http/control-plane.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { parseExposition, type Sample } from "./exposition-parser.ts";
import { PROMTOOL_MISSING_HINT, HAS_PROMTOOL, promtool } from "./promtool.ts";

const DEPLOY = join(import.meta.dirname, "../../deploy");
const PROMETHEUS = join(DEPLOY, "prometheus");

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

/** Names of our metrics in an expression or a template. */
function metricNames(text: string): Set<string> {
  return new Set(text.match(/\b(haprobe|process|nodejs)_[a-z0-9_]+/g) ?? []);
}

describe.skipIf(!HAS_PROMTOOL)(`promtool${PROMTOOL_MISSING_HINT}`, () => {
  test.each([
    ["takes the rules", ["check", "rules", "haprobe.rules.yaml"]],
    ["finds that every alert fires when it should and not before", ["test", "rules", "haprobe.rules.test.yaml"]],
    ["takes the configuration of Prometheus", ["check", "config", "prometheus.yml"]],
  ])("%s", async (_what, args) => {
    expect(await promtool(args, { cwd: PROMETHEUS })).toMatchObject({ code: 0 });
  });
});

test("every alert has a test of its own", async () => {
  const rules = parse(await readFile(join(PROMETHEUS, "haprobe.rules.yaml"), "utf8")) as Rules;
  const alerts = rules.groups.flatMap((group) => group.rules).map((rule) => rule.alert);
  const tests = await readFile(join(PROMETHEUS, "haprobe.rules.test.yaml"), "utf8");
  const fired = [...tests.matchAll(/alertname: (\w+)\n\s+exp_alerts:(?! \[\])/g)].map((match) => match[1]);
  expect(alerts.length).toBeGreaterThan(4);
  expect(new Set(fired)).toEqual(new Set(alerts));
});

describe("the metrics of a real haprobe that polls a real HAProxy", () => {
  let plane: ControlPlane;
  let haprobe: HaprobeProcess;
  let state: string;
  let text: string;
  let samples: readonly Sample[];
  beforeAll(async () => {
    plane = await startControlPlane();
    state = await mkdtemp(join(tmpdir(), "haprobe-deploy-"));
    const config = join(plane.haproxy.dir, "haprobe.yaml");
    // Nothing listens there.
    await appendFile(config, "alerts: {heartbeat: {url: http://127.0.0.1:9/}}\n");
    haprobe = await startHaprobe([...plane.args, "--data-dir", state]);
    await waitForVerdicts(haprobe.url, { "cp-1": "agree-up", "cp-2": "false-up confirmed" });
    text = await (await fetch(`${haprobe.url}/metrics`)).text();
    samples = parseExposition(text);
  });
  afterAll(async () => {
    await haprobe?.[Symbol.asyncDispose]();
    await plane?.[Symbol.asyncDispose]();
    await rm(state, { recursive: true, force: true });
  });

  test.skipIf(!HAS_PROMTOOL)(`pass promtool without a warning${PROMTOOL_MISSING_HINT}`, async () => {
    expect(await promtool(["check", "metrics"], { input: text })).toEqual({ code: 0, said: "" });
  });

  test.each(["grafana/haprobe.json", "prometheus/haprobe.rules.yaml", "prometheus/prometheus.yml"])(
    "have every name that %s uses",
    async (file) => {
      const used = metricNames(await readFile(join(DEPLOY, file), "utf8"));
      const real = new Set(samples.map((sample) => sample.name));
      expect(used.size).toBeGreaterThan(0);
      expect([...used].filter((name) => !real.has(name))).toEqual([]);
    },
  );

  test("name proxies and servers as HAProxy's own exporter does, so that both can be joined", async () => {
    const theirs = (await plane.promex())
      .split("\n")
      .filter((line) => /^(# TYPE )?haproxy_server_status[ {]/.test(line));
    const statuses = parseExposition(`${theirs.join("\n")}\n`);
    const place = ({ labels }: Sample): string => `${labels["proxy"]}/${labels["server"]}`;
    const ours = samples.filter((sample) => sample.name === "haprobe_server_verdict").map(place);
    expect(ours).toContain("k8s-api/cp-2");
    expect([...new Set(statuses.map(place))].sort()).toEqual(ours.toSorted());
  });
});

describe("deploy/grafana/haprobe.json", () => {
  interface Panel {
    readonly id: number;
    readonly title: string;
    readonly datasource: { readonly uid: string };
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
  }

  test("queries the selected datasource only, has no overlapping panels and no duplicate title", async () => {
    const { panels } = JSON.parse(await readFile(join(DEPLOY, "grafana/haprobe.json"), "utf8")) as { panels: Panel[] };
    expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
    expect(new Set(panels.map((panel) => panel.title)).size).toBe(panels.length);
    const cells = new Set<string>();
    for (const { datasource, targets, gridPos, title } of panels) {
      for (const { uid } of [datasource, ...targets.map((target) => target.datasource)])
        expect(uid).toBe("${datasource}");
      expect(
        targets.every((target) => target.expr !== ""),
        title,
      ).toBe(true);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(x, title).toBeLessThan(24);
          expect(cells.has(`${x},${y}`), title).toBe(false);
          cells.add(`${x},${y}`);
        }
      }
    }
  });

  test.skipIf(!HAS_PROMTOOL)(`has only expressions that Prometheus understands${PROMTOOL_MISSING_HINT}`, async () => {
    const { panels } = JSON.parse(await readFile(join(DEPLOY, "grafana/haprobe.json"), "utf8")) as { panels: Panel[] };
    const rules = panels
      .flatMap((panel) => panel.targets)
      .map(({ expr }, at) => ({ record: `test:panel_${at}`, expr: expr.replaceAll("$__rate_interval", "1m") }));
    const folder = await mkdtemp(join(tmpdir(), "haprobe-panels-"));
    await writeFile(join(folder, "panels.yaml"), JSON.stringify({ groups: [{ name: "panels", rules }] }));
    expect(await promtool(["check", "rules", "panels.yaml"], { cwd: folder })).toMatchObject({ code: 0 });
    await rm(folder, { recursive: true });
  });
});
