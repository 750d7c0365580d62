import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { haproxyBinaries } from "../support/real-haproxy.ts";
import { type LiveSetup, type ServerEndpoint, printDelays, startLiveSetup } from "./live-setup.ts";

// haprobe stays where the test runs, HAProxy and the servers each get a network of their own:
//   us ── hpu<id> 10.231.1.0/30 ── servers (10.231.0.11 …) ── 10.231.2.0/30 ── HAProxy
// so that a firewall at the servers can cut either of the two ways, and both.

/** `grace: auto` is 120 s while the pace of the checks is not known. */
const GRACE_DEADLINE_MS = 150_000;
const STAND_IN = fileURLToPath(new URL("../../demo/stand-in/main.ts", import.meta.url));
const PORT = 6_443;
const HOSTS = ["10.231.0.11", "10.231.0.12", "10.231.0.13", "10.231.0.14"] as const;
const ID = String(process.pid);
const SERVERS = `haprobe-servers-${ID}`;
const LB = `haprobe-lb-${ID}`;
/** An interface's name has at most 15 characters. */
const US_LINK = `hpu${ID}`;
const LB_LINK = `hpl${ID}`;

function run(command: string): void {
  const [program = "", ...args] = command.split(" ");
  execFileSync(program, args, { stdio: "pipe" });
}

/** Why there can be no network of our own here; null where there can. */
function missingRequirement(): string | null {
  if (process.getuid?.() !== 0) return "not root";
  try {
    run("ip netns list");
    run("iptables --version");
    return null;
  } catch {
    return "ip or iptables is missing";
  }
}

const skipReason = missingRequirement();
if (skipReason !== null) process.stderr.write(`the firewall tests are skipped: ${skipReason}\n`);

const children: ChildProcess[] = [];

/** A program within a network. It keeps the pid. */
function within(namespace: string, ...command: readonly string[]): readonly string[] {
  return ["ip", "netns", "exec", namespace, ...command];
}

async function startServers(): Promise<void> {
  for (const namespace of [SERVERS, LB]) {
    run(`ip netns add ${namespace}`);
    run(`ip -n ${namespace} link set lo up`);
  }
  for (const [link, peer, net] of [
    [US_LINK, "us", "10.231.1"],
    [LB_LINK, "lb", "10.231.2"],
  ] as const) {
    run(`ip link add ${link} type veth peer name ${peer} netns ${SERVERS}`);
    run(`ip -n ${SERVERS} addr add ${net}.2/30 dev ${peer}`);
    run(`ip -n ${SERVERS} link set ${peer} up`);
  }
  run(`ip addr add 10.231.1.1/30 dev ${US_LINK}`);
  run(`ip link set ${US_LINK} up`);
  run(`ip route add 10.231.0.0/24 via 10.231.1.2`);
  run(`ip link set ${LB_LINK} netns ${LB}`);
  run(`ip -n ${LB} addr add 10.231.2.1/30 dev ${LB_LINK}`);
  run(`ip -n ${LB} link set ${LB_LINK} up`);
  run(`ip -n ${LB} route add 10.231.0.0/24 via 10.231.2.2`);
  for (const host of HOSTS) run(`ip -n ${SERVERS} addr add ${host}/32 dev lo`);
  for (const host of HOSTS) {
    const [program = "", ...args] = within(SERVERS, process.execPath, STAND_IN, "--host", host, "--port", String(PORT));
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    await once(child.stdout, "data");
  }
}

async function stopServers(): Promise<void> {
  await Promise.all(
    children.splice(0).map((child) => {
      const closed = once(child, "close");
      child.kill("SIGKILL");
      return closed;
    }),
  );
  // A namespace removes its links later than the next group makes its own.
  for (const command of [`ip link del ${US_LINK}`, `ip netns del ${LB}`, `ip netns del ${SERVERS}`]) {
    try {
      run(command);
    } catch {
      // What was never made need not be taken away.
    }
  }
}

/** Cuts the way from us, or from HAProxy, to these servers; the returned function restores it. */
function cut(from: "us" | "lb", hosts: readonly string[], how: "DROP" | "REJECT"): () => void {
  const target = how === "REJECT" ? "REJECT --reject-with tcp-reset" : "DROP";
  const rule = (verb: "-A" | "-D", host: string): void =>
    run(`ip netns exec ${SERVERS} iptables ${verb} INPUT -i ${from} -p tcp -d ${host} -j ${target}`);
  for (const host of hosts) rule("-A", host);
  return () => {
    for (const host of hosts) rule("-D", host);
  };
}

describe.skipIf(skipReason !== null).each(haproxyBinaries())("$name, behind a firewall", ({ name, binary }) => {
  const places: ServerEndpoint[] = HOSTS.map((host, i) => ({ name: `cp-${i + 1}`, host, port: PORT }));
  let bench: LiveSetup;
  let dir: string;

  beforeAll(async () => {
    await startServers();
    dir = await mkdtemp(join(tmpdir(), "netns-"));
    const wrapper = join(dir, "haproxy");
    const program = binary ?? process.env["HAPROBE_TEST_HAPROXY"] ?? "haproxy";
    await writeFile(wrapper, `#!/bin/sh\nexec ip netns exec ${LB} ${program} "$@"\n`);
    await chmod(wrapper, 0o700);
    bench = await startLiveSetup({
      endpoints: places,
      ca: null,
      checks: ["none", "l4", "l7"],
      times: "inter 1s fall 3 rise 2",
      binary: wrapper,
    });
  });
  afterAll(async () => {
    await bench?.[Symbol.asyncDispose]();
    await stopServers();
    await rm(dir, { recursive: true, force: true });
  });

  const well = async (): Promise<void> => {
    const { history } = bench;
    await history.waitUntil(
      "all is well",
      () => [...history.verdicts.values()].every((says) => says === "agree-up"),
      60_000,
    );
  };
  const keysOf = (check: string): string[] => places.map((place) => `lb-1/${check}/${place.name}`);

  test.each(["DROP", "REJECT"] as const)(
    "only our way is cut, to everything (%s): haprobe is blind, and no server is blamed",
    async (how) => {
      await well();
      const { history } = bench;
      const began = performance.now();
      const repair = cut("us", HOSTS, how);
      try {
        const blind = (): boolean => keysOf("none").every((key) => history.verdictOf(key) === "unknown prober-blind");
        await history.waitUntil("it says that it is blind", blind, 15_000);
        printDelays(`${name}: our way to everything cut (${how}), until it says so`, [performance.now() - began]);
        const over = (): boolean =>
          [...keysOf("l4"), ...keysOf("l7")].every((key) => history.verdictOf(key) === "unknown prober-blind");
        await history.waitUntil("HAProxy's checks have had their time", over, GRACE_DEADLINE_MS);
      } finally {
        repair();
      }
      await well();
      expect(history.confirmed(began)).toEqual([]);
    },
  );

  test("only our way is cut, to one server behind checks: the paths differ", async () => {
    await well();
    const { history } = bench;
    const began = performance.now();
    const repair = cut("us", [HOSTS[0]], "DROP");
    try {
      const differs = (): boolean =>
        ["l4", "l7"].every((check) => history.verdictOf(`lb-1/${check}/cp-1`) === "unknown path-differs");
      await history.waitUntil("it says that the paths differ", differs, GRACE_DEADLINE_MS);
      printDelays(`${name}: our way to one server cut, until the paths differ`, [performance.now() - began]);
    } finally {
      repair();
    }
    await well();
    expect(history.confirmed(began).filter(({ key }) => !key.startsWith("lb-1/none/"))).toEqual([]);
  });

  test("only HAProxy's way is cut, for a while: no mismatch is confirmed", async () => {
    await well();
    const { history } = bench;
    const began = performance.now();
    const repair = cut("lb", [HOSTS[0]], "DROP");
    try {
      const down = (): boolean =>
        ["l4", "l7"].every(
          (check) => history.verdictOf(`lb-1/${check}/cp-1`) === "false-down settling haproxy-check-failing",
        );
      await history.waitUntil("HAProxy has it down and we do not", down, 30_000);
      printDelays(`${name}: HAProxy's way cut, until it is seen`, [performance.now() - began]);
    } finally {
      repair();
    }
    await well();
    expect(history.confirmed(began)).toEqual([]);
  });

  test("both ways are cut: both agree that it is down", async () => {
    await well();
    const { history } = bench;
    const began = performance.now();
    const repairs = [cut("us", [HOSTS[0]], "DROP"), cut("lb", [HOSTS[0]], "DROP")];
    try {
      const down = (): boolean =>
        ["l4", "l7"].every((check) => history.verdictOf(`lb-1/${check}/cp-1`).startsWith("agree-down"));
      await history.waitUntil("both have it down", down, 30_000);
      printDelays(`${name}: both ways cut, until both agree`, [performance.now() - began]);
    } finally {
      for (const repair of repairs) repair();
    }
    await well();
    expect(history.confirmed(began).filter(({ key }) => !key.startsWith("lb-1/none/"))).toEqual([]);
  });
});
