import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { POSTGRES_MISSING, startPostgres } from "../../test/support/postgres.ts";
import { freePort } from "../../test/support/real-haproxy.ts";
import { startHub, startVantage, testVantage } from "../../test/support/sites.ts";
import { type SceneInstance, sceneVantageConfig } from "./scene-config.ts";

/** The vantages and the HAProxy that each polls. */
const VANTAGES: readonly (readonly [name: string, site: string, instance: SceneInstance])[] = [
  ["fra-1", "fra", "lb-1"],
  ["fra-2", "fra", "lb-1"],
  ["nyc-1", "nyc", "lb-2"],
];

/** A hub over a PostgreSQL of its own, and the vantages of two sites that report to it. */
export interface HubScene extends AsyncDisposable {
  /** Address of the hub's dashboard. */
  readonly url: string;
}

/** Starts it beside the HAProxies of the scene in `folder`; null, with a line on stderr, where there is no PostgreSQL. */
export async function startHubScene(folder: string): Promise<HubScene | null> {
  if (POSTGRES_MISSING !== null) {
    process.stderr.write(`no pictures of a hub${POSTGRES_MISSING}\n`);
    return null;
  }
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres());
  const port = await freePort();
  const vantages = VANTAGES.map(([name, site]) => testVantage(name, site));
  const database = await postgres.createDatabase();
  const hub = stack.use(await startHub({ dir: folder, name: "hub-1", port, database, vantages }));
  for (const [index, [name, , instance]] of VANTAGES.entries()) {
    const vantage = vantages[index];
    if (vantage === undefined) continue;
    const config = join(folder, `${name}.part.yaml`);
    writeFileSync(config, sceneVantageConfig(folder, instance));
    stack.use(await startVantage({ dir: folder, vantage, hubs: [hub.url], config }));
  }
  const kept = stack.move();
  return { url: new URL("/", hub.url).href, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
