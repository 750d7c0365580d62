import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import {
  type TestBed,
  type TestBedPaths,
  renderSection,
  startTestBed,
  CHECK_INTERVALS,
  type StatsEndpoint,
} from "../support/test-bed.ts";
import { haproxyBinaries } from "../support/real-haproxy.ts";
import { type AgentServer, startAgentServer } from "./agent-server.ts";
import { repeatForInstances, flattenTable, readServers, verdictsByServer } from "./verdict-text.ts";

const CHECK = `check ${CHECK_INTERVALS}`;
// At level user a socket tells addresses with every tenth poll only.
const ENDPOINTS = ["admin", "page"] as const satisfies readonly StatsEndpoint[];

const INITIAL = {
  ops: {
    maint: "agree-up",
    "maint-broken": "agree-up",
    drain: "agree-up",
    weight: "agree-up",
    moved: "agree-up",
    unchecked: "agree-up",
  },
  leaving: { "on-404": "agree-up" },
  agent: { down: "agree-up", drain: "agree-up" },
};

const DURING_OPERATIONS = {
  ops: {
    maint: "out-of-service maintenance",
    "maint-broken": "out-of-service maintenance",
    drain: "out-of-service drain",
    weight: "out-of-service weight-zero",
    moved: "false-up confirmed probe-answered-unhealthy",
    unchecked: "agree-up",
  },
  leaving: { "on-404": "out-of-service nolb" },
  agent: { down: "false-down settling haproxy-agent-down", drain: "out-of-service drain" },
};

const FINAL = {
  ...INITIAL,
  ops: { ...INITIAL.ops, "maint-broken": "false-up confirmed probe-answered-unhealthy" },
};

function sections({ addressOf: at }: TestBedPaths, agent: AgentServer): string {
  const told = (name: string): string =>
    `server ${name} ${at("healthy")} ${CHECK} agent-check agent-addr 127.0.0.1 agent-port ${agent.port} agent-inter 300ms agent-send "agent/${name}\\n"`;
  return [
    renderSection("backend ops", [
      "mode tcp",
      ...Object.keys(INITIAL.ops).map(
        (name) => `server ${name} ${at(name === "maint-broken" ? "broken-later" : "healthy")} ${CHECK}`,
      ),
    ]),
    renderSection("backend leaving", [
      "mode tcp",
      "option httpchk GET /readyz",
      "http-check disable-on-404",
      `server on-404 ${at("leaving")} check check-ssl verify none ${CHECK_INTERVALS}`,
    ]),
    renderSection("backend agent", ["mode tcp", told("down"), told("drain")]),
  ].join("\n");
}

interface LogLine {
  readonly event: string;
  readonly key?: string;
  readonly verdict?: string;
  readonly phase?: string | null;
  readonly reason?: string | null;
}

describe.each(haproxyBinaries())("$name: what operators and agents do at run time", ({ binary }) => {
  let agent: AgentServer;
  let lab: TestBed;
  let haprobe: HaprobeProcess;
  beforeAll(async () => {
    agent = await startAgentServer({});
    lab = await startTestBed({
      binary,
      servers: [
        { name: "healthy", mode: "healthy" },
        { name: "etcd", mode: "etcd" },
        { name: "broken-later", mode: "healthy" },
        { name: "leaving", mode: "healthy" },
      ],
      extraSections: (places) => sections(places, agent),
    });
    haprobe = await startHaprobe(["--config", await lab.writeConfigFile(ENDPOINTS)]);
  });
  afterAll(async () => {
    await haprobe?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
    await agent?.[Symbol.asyncDispose]();
  });

  const PATIENCE = { timeout: 15_000, interval: 100 };
  const saidNow = async (): Promise<Record<string, string>> => verdictsByServer(await readServers(haprobe.url));
  const tell = async (...commands: readonly string[]): Promise<void> => {
    for (const command of commands) await lab.haproxy.command(command);
  };
  const history = (key: string): string[] =>
    haprobe
      .log()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as LogLine)
      .filter((line) => line.key === key)
      .map(({ event, verdict, phase, reason }) =>
        event === "verdict-changed" ? [verdict, phase, reason].filter((part) => part !== null).join(" ") : event,
      );

  test("is told as it is, while it lasts and afterwards", async () => {
    await expect.poll(saidNow, PATIENCE).toEqual(repeatForInstances(ENDPOINTS, flattenTable(INITIAL)));
    const [, etcdPort] = lab.addressOf("etcd").split(":");
    const [, healthyPort] = lab.addressOf("healthy").split(":");
    await tell(
      "set server ops/maint state maint",
      "set server ops/maint-broken state maint",
      "set server ops/drain state drain",
      "set server ops/weight weight 0",
      `set server ops/moved addr 127.0.0.1 port ${etcdPort}`,
      "disable health ops/unchecked",
    );
    agent.replies.set("agent/down", "down # moved to another rack").set("agent/drain", "drain");
    await lab.server("leaving").setMode({ kind: "status", status: 404, body: "leaving" });
    await expect.poll(saidNow, PATIENCE).toEqual(repeatForInstances(ENDPOINTS, flattenTable(DURING_OPERATIONS)));
    await lab.server("broken-later").setMode("etcd");

    await tell(
      "set server ops/maint state ready",
      "set server ops/maint-broken state ready",
      "set server ops/drain state ready",
      "set server ops/weight weight 1",
      `set server ops/moved addr 127.0.0.1 port ${healthyPort}`,
      "enable health ops/unchecked",
    );
    agent.replies.set("agent/down", "up").set("agent/drain", "ready");
    await lab.server("leaving").setMode("healthy");
    await expect.poll(saidNow, PATIENCE).toEqual(repeatForInstances(ENDPOINTS, flattenTable(FINAL)));
  });

  test("a server that broke in maintenance is no lie before it is back in service", () => {
    for (const way of ENDPOINTS) {
      const [first, ...later] = history(`${way}/ops/maint-broken`);
      expect(first).toBe("out-of-service maintenance");
      // What it answered before stands until the next probe.
      expect(later.filter((line) => line !== "agree-up")).toEqual([
        "false-up suspected probe-answered-unhealthy",
        "false-up confirmed probe-answered-unhealthy",
      ]);
    }
  });

  test("a new address ends what was known: nothing is said before the new one was asked", () => {
    for (const way of ENDPOINTS) {
      const [moved, pending, ...later] = history(`${way}/ops/moved`);
      expect([moved, pending]).toEqual(["address-changed", "unknown probe-pending"]);
      expect(later.filter((line) => line !== "false-up suspected probe-answered-unhealthy")).toEqual([
        "false-up confirmed probe-answered-unhealthy",
        "address-changed",
        "unknown probe-pending",
      ]);
    }
  });
});
