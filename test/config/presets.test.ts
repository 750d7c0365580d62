import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DEFAULT_RULE } from "../../server/config/defaults.ts";
import { PRESETS, PRESET_NAMES } from "../../server/config/presets.ts";
import { renderSettings } from "../../server/config/render.ts";
import { assignTarget } from "../../server/targets/assign-target.ts";
import { tableAfter } from "../docs/markdown.ts";
import { probeTarget } from "../probe/probe-target.ts";
import { instanceSettings, ipAddress, serverView } from "../targets/fixtures.ts";
import { errorTextsOf, loadText, loadWith, settingsOf } from "./load-text.ts";

type PresetName = (typeof PRESET_NAMES)[number];
/** A status and a body, as the product documents them. */
type Answer = readonly [status: number, body: string];

const ANSWERS: Readonly<
  Record<PresetName, { readonly healthy: readonly Answer[]; readonly unhealthy: readonly Answer[] }>
> = {
  consul: {
    healthy: [[200, '"10.1.10.12:8300"\n']],
    unhealthy: [
      [200, '""'],
      [500, "No cluster leader"],
    ],
  },
  elasticsearch: {
    healthy: [
      [200, '{"cluster_name":"c","status":"green"}'],
      [200, '{\n  "status" : "yellow"\n}'],
    ],
    unhealthy: [
      [200, '{"cluster_name":"c","status":"red"}'],
      [503, '{"error":{},"status":503}'],
    ],
  },
  etcd: {
    healthy: [[200, '{"health":"true","reason":""}']],
    unhealthy: [
      [200, '{"health":"false"}'],
      [503, '{"health":"false"}'],
    ],
  },
  gitlab: {
    healthy: [[200, '{"status":"ok"}']],
    unhealthy: [
      [503, '{"status":"failed"}'],
      [404, ""],
    ],
  },
  grafana: {
    healthy: [[200, '{\n  "commit": "087143285",\n  "database": "ok",\n  "version": "5.1.3"\n}']],
    unhealthy: [
      [503, '{"database": "failing"}'],
      [200, '{"database": "failing"}'],
    ],
  },
  keycloak: { healthy: [[200, '{"status":"UP","checks":[]}']], unhealthy: [[503, '{"status":"DOWN","checks":[]}']] },
  "kube-apiserver": {
    healthy: [[200, "ok"]],
    unhealthy: [[500, "[-]etcd failed: reason withheld\nreadyz check failed"]],
  },
  minio: { healthy: [[200, ""]], unhealthy: [[503, ""]] },
  "minio-cluster": { healthy: [[200, ""]], unhealthy: [[503, ""]] },
  nexus: { healthy: [[200, ""]], unhealthy: [[503, ""]] },
  "patroni-health": { healthy: [[200, '{"state":"running"}']], unhealthy: [[503, '{"state":"stopped"}']] },
  "patroni-primary": { healthy: [[200, '{"role":"primary"}']], unhealthy: [[503, '{"role":"replica"}']] },
  "patroni-replica": { healthy: [[200, '{"role":"replica"}']], unhealthy: [[503, '{"role":"primary"}']] },
  prometheus: { healthy: [[200, "Prometheus Server is Ready.\n"]], unhealthy: [[503, "Service Unavailable"]] },
  rabbitmq: {
    healthy: [[200, '{"status":"ok"}']],
    unhealthy: [
      [503, '{"status":"failed"}'],
      [401, ""],
    ],
  },
  vault: {
    healthy: [
      [200, '{"sealed":false}'],
      [429, '{"standby":true}'],
      [473, '{"performance_standby":true}'],
    ],
    unhealthy: [
      [472, "{}"],
      [474, "{}"],
      [501, "{}"],
      [503, '{"sealed":true}'],
      [530, "{}"],
    ],
  },
};

/** Settings of one rule with these keys of `http`. */
function httpOf(keys: string) {
  return settingsOf(loadText(`probes: [{http: {${keys}}}]`)).rules[0]?.probe;
}

/** Probes a server that gives this answer, by a rule with the preset; also the path that was requested. */
async function probeBy(preset: PresetName, [status, body]: Answer) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(status).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const { rules } = settingsOf(loadText(`probes: [{http: {preset: ${preset}, port: ${port}, scheme: http}}]`));
    const view = serverView({ address: ipAddress("127.0.0.1", port) });
    const assignment = assignTarget(view, instanceSettings(), rules, DEFAULT_RULE);
    if (assignment.kind !== "target") throw new Error(`no target: ${assignment.reason}`);
    return { result: await probeTarget(assignment.target), asked };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("a preset", () => {
  const cases = (kind: "healthy" | "unhealthy") =>
    PRESET_NAMES.flatMap((name) => ANSWERS[name][kind].map((answer) => [name, ...answer] as const));

  test.each(cases("healthy"))("%s passes with %d %j", async (name, ...answer) => {
    const { result, asked } = await probeBy(name, answer);
    expect(result.outcome).toBe("passed");
    expect(asked).toEqual([PRESETS[name].path]);
  });

  test.each(cases("unhealthy"))("%s does not pass with %d %j", async (name, ...answer) => {
    const { result, asked } = await probeBy(name, answer);
    expect(result.outcome).not.toBe("passed");
    expect(asked).toEqual([PRESETS[name].path]);
  });

  test("gives way to each key that the rule has", () => {
    expect(httpOf("preset: keycloak, port: 8080, path: /auth/health, expect: {body: UP}")).toEqual(
      httpOf("port: 8080, path: /auth/health, expect: {status: 200, body: UP}"),
    );
  });

  test("is printed as the keys that it sets", () => {
    const settings = settingsOf(loadText("probes: [{http: {preset: vault}}]"));
    const printed = renderSettings(settings);
    expect(printed).toContain("path: /v1/sys/health");
    expect(printed).not.toContain("preset");
    expect(settingsOf(loadText(printed))).toEqual(settings);
  });

  test("works in files of conf.d", () => {
    const files = { "/cfg/haprobe.yaml": "log-level: info", "/cfg/conf.d/a.yaml": "probes: [{http: {preset: nexus}}]" };
    const { rules } = settingsOf(loadWith(files, { file: "haprobe.yaml" }));
    expect(rules).toMatchObject([{ probe: { path: PRESETS.nexus.path } }]);
  });

  test.each([
    ["preset: valt", 'probes[0].http.preset is "valt"; did you mean vault?'],
    ["preset: consul, method: HEAD", "probes[0].http.expect.body cannot be seen with method: HEAD; expected GET"],
  ])("refuses %s", (keys, message) => {
    expect(errorTextsOf(loadText(`probes: [{http: {${keys}}}]`))).toEqual([expect.stringContaining(message)]);
  });
});

test("docs/configuration.md has one row for each preset with its values, and no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/configuration.md"), "utf8");
  const rows = tableAfter(page, "### Presets").map((row) => {
    // A pipe inside a cell is escaped.
    const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
    return cells.slice(1, 6).map((cell) => cell.replaceAll("`", ""));
  });
  const table = PRESET_NAMES.map((name) => {
    const preset: { path: string; port?: number; expect: { status: readonly number[]; body?: string } } = PRESETS[name];
    const { status, body = "any" } = preset.expect;
    return [name, String(preset.port ?? "traffic"), preset.path, status.join(", "), body];
  });
  expect(rows).toEqual(table);
});
