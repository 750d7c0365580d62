import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { settingsJsonSchema } from "../../server/config/schema.ts";
import { errorTextsOf, loadText } from "../config/load-text.ts";
import { makeAuthority } from "../support/certificates.ts";
import { runHaprobe, startHaprobe } from "../support/haprobe-cli.ts";
import { startHaproxy } from "../support/real-haproxy.ts";
import { codeBlocks, markdownPages } from "./markdown.ts";

const ROOT = join(import.meta.dirname, "../..");
const HAPROXY = process.env["HAPROBE_TEST_HAPROXY"] ?? "haproxy";
/** Blocks of code of all pages. Pages of rules show what is wrong; test/advise tries them. */
const blocksOf = (language: string) =>
  markdownPages()
    .filter((page) => !page.startsWith("docs/rules/"))
    .flatMap((page) =>
      codeBlocks(readFileSync(join(ROOT, page), "utf8"), language).map((text, n) => ({ page, n, text })),
    );

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hb-docs-"));
  const authority = await makeAuthority();
  const { cert, key } = await authority.issue({ names: ["kubernetes"] });
  await writeFile(join(folder, "cert.pem"), [cert, key, authority.ca].map((pem) => `${pem.trimEnd()}\n`).join(""));
});
afterAll(() => rm(folder, { recursive: true }));

/** A whole haproxy.cfg around a block: lines of a backend get a section, and files are those of the test. */
function wholeConfig(block: string): string {
  const text = block.replaceAll(/\b(crt|ca-file) \S+/g, `$1 ${join(folder, "cert.pem")}`);
  const timeouts = "defaults\n    timeout connect 1s\n    timeout client 1s\n    timeout server 1s\n";
  if (/^(global|defaults|listen|frontend|backend)/m.test(text)) return `${timeouts}${text}`;
  return `${timeouts}frontend in\n    bind 127.0.0.1:1\nbackend shown\n${text}    server s1 127.0.0.1:1 check\n`;
}

const schema = settingsJsonSchema() as { readonly properties: Readonly<Record<string, unknown>> };

const settingsBlocks = blocksOf("yaml").filter(({ text }) =>
  Object.keys(parse(text) as object).some((key) => Object.hasOwn(schema.properties, key)),
);

test.each(settingsBlocks)("$page: YAML block $n loads as haprobe.yaml", ({ text }) => {
  const instances = /^haproxy:/m.test(text) ? "" : "haproxy: [{name: lb-1, stats: unix:/run/haproxy/admin.sock}]\n";
  expect(errorTextsOf(loadText(`${instances}${text}`, { env: { PASSWORD: "p", RACK: "r" } }))).toEqual([]);
});

test.each(blocksOf("haproxy"))("$page: haproxy.cfg block $n is accepted by HAProxy", async ({ text }) => {
  const file = join(folder, "haproxy.cfg");
  await writeFile(file, wholeConfig(text));
  const env = { ...process.env, KUBE_CHECK_TOKEN: "token" };
  await expect(promisify(execFile)(HAPROXY, ["-c", "-f", file], { env })).resolves.toBeDefined();
});

test("the quick start's shell lines run: check, lint and serve on a real HAProxy", async () => {
  await using haproxy = await startHaproxy({ config: "backend api\n    server s1 127.0.0.1:1 check\n" });
  const config = join(folder, "lint.cfg");
  await writeFile(config, "backend api\n    mode tcp\n    server s1 127.0.0.1:80\n");
  const lines = blocksOf("sh")
    .filter(({ page }) => page === "docs/quick-start.md")
    .flatMap(({ text }) => text.split("\n"));
  const commands = lines
    .filter((line) => line.startsWith("npm run --silent haprobe -- "))
    .map((line) => line.replace("npm run --silent haprobe -- ", ""))
    .map((line) =>
      line.replace("/run/haproxy/admin.sock", haproxy.adminSocket).replace("/etc/haproxy/haproxy.cfg", config),
    )
    .map((line) => line.split(" "));
  const [check = [], lint = [], [, ...serve] = []] = commands;
  expect(commands.map(([name]) => name)).toEqual(["check", "lint", "serve"]);
  expect(await runHaprobe(check)).toMatchObject({ stdout: expect.stringContaining("api/s1"), stderr: "" });
  expect(await runHaprobe(lint)).toMatchObject({ code: 1, stdout: expect.stringContaining("check-missing") });
  await using service = await startHaprobe(serve);
  expect((await fetch(`${service.url}/api/v1/servers`)).status).toBe(200);
});
