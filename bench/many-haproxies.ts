import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type RealHaproxy, startHaproxy } from "../test/support/real-haproxy.ts";
import { checkIntervalMs, nameOf, renderHaproxyConfig, waitUntilUp } from "./fleet.ts";
import { StandInPool } from "./stand-in-pool.ts";

/** Many real HAProxies, each before its own part of the stand-in servers. */
export interface ManyHaproxies extends AsyncDisposable {
  readonly haproxies: readonly RealHaproxy[];
  readonly standIns: StandInPool;
  /** Key of a stand-in's server in haprobe. */
  keyOf(index: number): string;
  /** Writes a configuration that polls all of them every second and probes every server; gives its path. */
  writeConfig(everyMs: number): Promise<string>;
}

/** Resolves once each HAProxy has found its servers UP. */
export async function startManyHaproxies(instances: number, servers: number): Promise<ManyHaproxies> {
  await using started = new AsyncDisposableStack();
  const standIns = started.use(await StandInPool.start(servers, null));
  const each = Math.ceil(servers / instances);
  const interMs = checkIntervalMs(servers);
  const haproxies: RealHaproxy[] = [];
  for (let index = 0; index < instances; index += 1) {
    const own = standIns.endpoints.slice(index * each, (index + 1) * each);
    haproxies.push(started.use(await startHaproxy({ config: renderHaproxyConfig(own, undefined, interMs) })));
  }
  for (const [index, haproxy] of haproxies.entries()) {
    await waitUntilUp(haproxy, standIns.endpoints.slice(index * each, (index + 1) * each).length);
  }
  const running = started.move();
  return {
    haproxies,
    standIns,
    keyOf: (index) => `lb-${Math.floor(index / each)}/${nameOf(index % each)}`,
    async writeConfig(everyMs) {
      const [first] = haproxies;
      if (first === undefined) throw new Error("there is no HAProxy");
      const file = join(first.dir, "haprobe.yaml");
      const entries = haproxies.map(
        ({ userSocket }, index) =>
          `  - {name: lb-${index}, stats: "unix:${userSocket}", every: ${Math.min(everyMs, 1_000)}ms}`,
      );
      const rule = `{match: {backend: "*"}, http: {scheme: http, path: /healthz}, every: ${everyMs}ms}`;
      await writeFile(file, `haproxy:\n${entries.join("\n")}\nprobes: [${rule}]\n`);
      return file;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
