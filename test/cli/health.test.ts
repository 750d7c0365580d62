import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runHaprobe } from "../support/haprobe-cli.ts";

describe("haprobe health", () => {
  let answer = 200;
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/readyz" ? answer : 404).end("[-]instance lb-1 was not polled yet\n");
  });
  let url = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  test("prints the answer of a ready haprobe and exits 0", async () => {
    answer = 200;
    const run = await runHaprobe(["health", "--url", url]);
    expect(run).toEqual({ code: 0, stdout: "[-]instance lb-1 was not polled yet\n", stderr: "" });
  });

  test("exits 1 with the reason if it is not ready", async () => {
    answer = 503;
    const run = await runHaprobe(["health", "--url", `${url}/`]);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toBe(`haprobe: ${url} is not ready: [-]instance lb-1 was not polled yet\n`);
  });

  test("exits 1 if no haprobe answers", async () => {
    server.close();
    const run = await runHaprobe(["health", "--url", url]);
    expect(run).toMatchObject({ code: 1, stderr: `haprobe: no haprobe answers at ${url}: ECONNREFUSED\n` });
  });

  test("loads no package but that of the command line, since containers run it all the time", () => {
    const program = join(import.meta.dirname, "../../server/cli/program.ts");
    expect(packagesLoadedWith(program, new Set())).toEqual(new Set(["commander"]));
  });
});

/** Packages that a module and what it imports load with it; `import()` loads later. */
function packagesLoadedWith(path: string, seen: Set<string>): ReadonlySet<string> {
  if (seen.has(path)) return new Set();
  seen.add(path);
  const statements = readFileSync(path, "utf8").matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)";/gm);
  const modules = [...statements].map((match) => match[1] ?? "").filter((module) => !module.startsWith("node:"));
  return new Set(
    modules.flatMap((module) =>
      module.startsWith(".") ? [...packagesLoadedWith(join(dirname(path), module), seen)] : [module],
    ),
  );
}
