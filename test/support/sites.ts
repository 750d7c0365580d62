import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createHash, randomBytes } from "node:crypto";
import pg from "pg";
import { type HaprobeProcess, startHaprobe } from "./haprobe-cli.ts";

/** A vantage of a test: its name, its site, and the token that hubs have for it. */
export interface TestVantage {
  readonly name: string;
  readonly site: string;
  readonly token: string;
}

export function testVantage(name: string, site = "default"): TestVantage {
  return { name, site, token: randomBytes(24).toString("hex") };
}

/** What a process of a hub gets beside its database and the vantages. */
export interface HubOptions {
  readonly dir: string;
  readonly name: string;
  readonly port: number;
  readonly database: string;
  readonly vantages: readonly TestVantage[];
  /** Further keys, as YAML. */
  readonly more?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a hub without HAProxies of its own on a port that stays the same. */
export async function startHub({
  dir,
  name,
  port,
  database,
  vantages,
  more = "",
  env,
}: HubOptions): Promise<HaprobeProcess> {
  const tokens = vantages.map((vantage) => {
    const hash = `sha256:${createHash("sha256").update(vantage.token).digest("hex")}`;
    return `    - {name: ${vantage.name}, scopes: [ingest], site: ${vantage.site}, vantage: ${vantage.name}, token-hash: "${hash}"}`;
  });
  const config = `vantage: ${name}
database: ${JSON.stringify(database)}
auth:
  reading: open
  tokens:
${tokens.join("\n")}
${more}`;
  const file = join(dir, `${name}.yaml`);
  await writeFile(file, config);
  const args = ["--config", file, "--listen", `127.0.0.1:${port}`, "--data-dir", join(dir, name)];
  return startHaprobe(args, env);
}

export interface VantageOptions {
  readonly dir: string;
  readonly vantage: TestVantage;
  readonly hubs: readonly string[];
  /** A configuration with HAProxies and rules. */
  readonly config: string;
  readonly more?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a vantage that forwards to hubs. */
export async function startVantage({
  dir,
  vantage,
  hubs,
  config,
  more = "",
  env,
}: VantageOptions): Promise<HaprobeProcess> {
  const { name, site, token } = vantage;
  const tokenFile = join(dir, `${name}.token`);
  await writeFile(tokenFile, token, { mode: 0o600 });
  const file = join(dir, `${name}.yaml`);
  const own = `vantage: ${name}\nsite: ${site}\nhub: [${hubs.join(", ")}]\nhub-token-file: ${tokenFile}\n${more}`;
  await writeFile(file, `${own}${await readFile(config, "utf8")}`);
  return startHaprobe(["--config", file, "--data-dir", join(dir, name)], env);
}

/** The rows of a query, over a connection of its own. */
export async function queryDatabase(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

export async function readJson<T>({ url }: Pick<HaprobeProcess, "url">, path: string): Promise<T> {
  return (await (await fetch(`${url}${path}`)).json()) as T;
}
