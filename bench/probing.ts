import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority } from "../demo/stand-in/certificates.ts";
import { systemClock } from "../server/clock.ts";
import { DEFAULT_RULE } from "../server/config/defaults.ts";
import type { Target } from "../server/contract/target.ts";
import { startDeadline } from "../server/probe/deadline.ts";
import type { Probe } from "../server/probe/probe-completion.ts";
import { createConnectionPool } from "../server/probe/connection-pool.ts";
import { createProbe } from "../server/probe/prober.ts";
import { assignTarget } from "../server/targets/assign-target.ts";
import { haproxyView } from "../test/support/judge-harness.ts";
import { instanceNamed } from "../test/support/monitor-harness.ts";
import { BenchWorker } from "./bench-worker.ts";
import { summarize, type BenchCase } from "./measurement.ts";
import type { Scale } from "./scale.ts";
import type { Section } from "./section.ts";
import type { Endpoint, StandInResponse, StandInRequest } from "./stand-ins/protocol.ts";

const TARGETS = 50;
const CONCURRENCY = 8;
const RUNS = 3;

/** CPU of one probe in this process. */
export const probing: Section = {
  title: "Probing",
  async run(scale, say) {
    const dir = await mkdtemp(join(tmpdir(), "haprobe-bench-"));
    try {
      const authority = await createAuthority();
      const caFile = join(dir, "ca.pem");
      await writeFile(caFile, authority.ca);
      const { cert, key } = await authority.issue({ names: ["stand-in"] });
      const rows: BenchCase[] = [];
      for (const tls of [null, { cert, key }]) {
        for (const connection of ["fresh", "reuse"] as const) {
          say(`probing: ${tls === null ? "plain" : "TLS"}, ${connection}`);
          rows.push(await measureProbes({ tls, caFile, connection }, scale));
        }
      }
      return rows;
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  },
};

interface ProbeSetup {
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly caFile: string;
  readonly connection: "fresh" | "reuse";
}

async function measureProbes({ tls, caFile, connection }: ProbeSetup, scale: Scale): Promise<BenchCase> {
  await using standIns = new BenchWorker<StandInRequest, StandInResponse>(
    new URL("stand-ins/main.ts", import.meta.url),
  );
  const { endpoints } = await standIns.request({ kind: "listen", first: 0, count: TARGETS, tls });
  const targets = endpoints.map((endpoint) => ({ ...targetOf(endpoint, tls === null ? null : caFile), connection }));
  const pool = createConnectionPool(systemClock, () => TARGETS);
  try {
    const probe = createProbe({ clock: systemClock, pool });
    await probeFor(probe, targets, scale.probeMs / 4);
    const [costs, rates]: [number[], number[]] = [[], []];
    for (let run = 0; run < RUNS; run += 1) {
      const { perSecond, cpuMsEach } = await probeFor(probe, targets, scale.probeMs);
      rates.push(perSecond);
      costs.push(cpuMsEach);
    }
    const how = connection === "fresh" ? "a fresh connection each" : "connections kept";
    return {
      situation: `${tls === null ? "plain HTTP" : "TLS, verified"}, ${how}, ${CONCURRENCY} at once`,
      figures: [
        summarize("CPU of one probe", "ms", costs),
        summarize("probes, with the stand-ins on the other core", "/s", rates),
      ],
    };
  } finally {
    pool.stop();
  }
}

/** Probes all targets in turn for this time; every probe must pass. */
async function probeFor(probe: Probe, targets: readonly Target[], forMs: number) {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  let done = 0;
  const lane = async (from: number): Promise<void> => {
    for (let turn = from; performance.now() - startedAt < forMs; turn += CONCURRENCY) {
      const target = targets[turn % targets.length];
      if (target === undefined) return;
      using deadline = startDeadline(systemClock, target.timeoutMs);
      const ending = await probe(target, deadline);
      if (ending.kind !== "result" || ending.result.outcome !== "passed") {
        throw new Error(`a probe of a healthy stand-in ended in ${JSON.stringify(ending)}`);
      }
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, (_, from) => lane(from)));
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { perSecond: done / seconds, cpuMsEach: (user + system) / 1_000 / done };
}

/** The target that the rules would give for such a server. */
function targetOf({ host, port }: Endpoint, caFile: string | null): Target {
  const view = haproxyView("UP", "L4OK", { mode: "http", address: { kind: "ip", host, port } });
  const assignment = assignTarget(view, instanceNamed("lb-1"), [], DEFAULT_RULE);
  if (assignment.kind === "none") throw new Error(`no target: ${assignment.reason}`);
  const { target } = assignment;
  const { probe } = target;
  if (caFile === null || probe.type !== "http") return target;
  const tls = { ...probe.tls, serverName: "stand-in", caFile, verify: true };
  return { ...target, probe: { ...probe, scheme: "https", tls } };
}
