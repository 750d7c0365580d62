import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { type ApiServer, startApiServer } from "../../demo/stand-in/api-server.ts";
import { advise, DEFAULT_OPTIONS } from "../../server/advise/advise.ts";
import type { ConfigFile } from "../../server/advise/config-file.ts";
import { applyEdits } from "../../server/advise/apply-edits.ts";
import { cureFiles } from "../../server/advise/cure-files.ts";
import type { AdviseOptions } from "../../server/advise/rule.ts";
import { RULES } from "../../server/advise/rules.ts";
import { makeAuthority } from "../support/certificates.ts";
import { haproxyBinaries, type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";

const DECIDED_WITHIN_MS = 15_000;
/** An address of its own, since a kube-apiserver is recognised by its port. */
const HOST = "127.0.19.11";
const PORT = 6443;

const folder = await mkdtemp(join(tmpdir(), "lint-cures-"));
afterAll(() => rm(folder, { recursive: true }));

/** What HAProxy itself says of a file; null where it accepts it. */
async function refusal(binary: string | undefined, text: string): Promise<string | null> {
  const path = join(folder, "haproxy.cfg");
  await writeFile(path, text);
  const program = binary ?? process.env["HAPROBE_TEST_HAPROXY"] ?? "haproxy";
  return new Promise((resolve) => {
    execFile(program, ["-c", "-q", "-f", path], (error, out, err) => {
      // 2 stands for a file without a fault that opens no port.
      resolve(error === null || error.code === 2 ? null : out + err);
    });
  });
}

/** The sections of an example under names of their own. */
function renamed(text: string, index: number): string {
  return text
    .replace(/^(defaults)$/m, `$1 d${index}`)
    .replace(/^(backend|frontend|listen) (\S+)/gm, `$1 $2-${index}`)
    .replace(/^( *default_backend) (\S+)/gm, `$1 $2-${index}`)
    .replace(/^backend \S+$/gm, `$& from d${index}`);
}

/** The file with one cure, as someone would paste it. */
function cureOne(text: string, rule: string, options: AdviseOptions = DEFAULT_OPTIONS): string {
  const file: ConfigFile = { path: "haproxy.cfg", text };
  const issue = advise([file], options).issues.find((found) => found.rule === rule);
  const lines = text.split("\n").map((line, index) => ({ text: line, origin: index + 1 }));
  return applyEdits(lines, issue?.cure ?? [])
    .map((line) => line.text)
    .join("\n");
}

function cureAll(text: string, options: AdviseOptions = DEFAULT_OPTIONS): string {
  return cureFiles([{ path: "haproxy.cfg", text }], options, "note")[0]?.text ?? "";
}

/** Status and last check of every server. */
async function serverStatuses(haproxy: RealHaproxy): Promise<readonly string[]> {
  const [header = "", ...rows] = (await haproxy.command("show stat")).split("\n");
  const columns = header.slice(2).split(",");
  const servers = rows.map((line) => line.split(",")).filter((fields) => /^s\d+$/.test(fields[1] ?? ""));
  return servers.map((fields) => {
    const column = (name: string): string => fields[columns.indexOf(name)] ?? "";
    return `${column("status")} ${column("check_status")}/${column("check_code")}`;
  });
}

/** The same once all checks have decided, and none is running. */
async function decidedStatuses(haproxy: RealHaproxy): Promise<readonly string[]> {
  for (const deadline = performance.now() + DECIDED_WITHIN_MS; performance.now() < deadline; await pause(50)) {
    const statuses = await serverStatuses(haproxy);
    if (statuses.every((status) => /^(?:UP|DOWN) L/.test(status))) return statuses;
  }
  return [];
}

/** The backends of the examples about a kube-apiserver, at the stand-in's address and checked often. */
const KUBERNETES = RULES.filter(({ id, example }) => example.includes(":6443") && id !== "check-elsewhere");

function backendOf(text: string, index: number): string {
  return text
    .replace("inter 10s downinter 5s rise 2 fall 2", "slowstart 1s")
    .replace(/^defaults$/m, `defaults d${index}`)
    .replace(/^backend \S+$/m, `backend b${index} from d${index}\n    default-server inter 1s fall 1`)
    .replace(/^( *server) (\S+) 10\.0\.0\.1[12]:6443/gm, (_, start: string) => `${start} s${index} ${HOST}:${PORT}`)
    .replace(/^( *server s\d+ .*\n) *server s\d+ .*\n/m, "$1");
}

describe.each(haproxyBinaries())("the cures of lint, before $name", ({ binary }) => {
  test("are accepted, each on its own and all together", async () => {
    const one = RULES.map(({ id, example }, index) => renamed(cureOne(example, id), index));
    const all = RULES.map(({ example }, index) => renamed(cureAll(example), RULES.length + index));
    expect(await refusal(binary, [...one, ...all].join("\n"))).toBeNull();
  });

  test("an API server that is ready is UP with L7OK and 200 by each of them, one that lost etcd is DOWN", {
    timeout: 60_000,
  }, async () => {
    const tls = await (await makeAuthority()).issue({ names: ["kubernetes"] });
    await using api: ApiServer = await startApiServer({ tls, host: HOST, port: PORT });
    const texts = KUBERNETES.flatMap(({ id, example }, index) => [
      backendOf(cureOne(example, id), 2 * index),
      backendOf(cureAll(example), 2 * index + 1),
    ]).filter((text) => text.includes("httpchk"));
    await using haproxy = await startHaproxy({ config: texts.join("\n"), ...(binary === undefined ? {} : { binary }) });
    const healthy = await decidedStatuses(haproxy);
    expect(new Set(healthy)).toEqual(new Set(["UP L7OK/200"]));
    expect(healthy.length).toBeGreaterThan(20);
    await api.setMode("etcd");
    let states: readonly string[] = healthy;
    for (const deadline = performance.now() + DECIDED_WITHIN_MS; performance.now() < deadline; await pause(100)) {
      states = (await serverStatuses(haproxy)).map((status) => status.split(" ")[0] ?? "");
      if (states.every((state) => state === "DOWN")) break;
    }
    expect(new Set(states)).toEqual(new Set(["DOWN"]));
  });

  test("with --ca-file the certificate is verified: another authority's server is DOWN", {
    timeout: 60_000,
  }, async () => {
    const [authority, other] = [await makeAuthority(), await makeAuthority()];
    const tls = await authority.issue({ names: ["kubernetes"] });
    await using api: ApiServer = await startApiServer({ tls, host: HOST, port: PORT });
    const example = KUBERNETES.find(({ id }) => id === "check-blind")?.example ?? "";
    const files = { "own.pem": authority.ca, "other.pem": other.ca };
    const config = (dir: string): string =>
      ["own.pem", "other.pem"]
        .map((name, index) => backendOf(cureAll(example, { ...DEFAULT_OPTIONS, caFile: join(dir, name) }), index))
        .join("\n");
    await using haproxy = await startHaproxy({ config, files, ...(binary === undefined ? {} : { binary }) });
    expect(await decidedStatuses(haproxy)).toEqual(["UP L7OK/200", "DOWN L6RSP/"]);
    expect(api.port).toBe(PORT);
  });
});
