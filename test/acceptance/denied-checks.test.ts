import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type ApiServerOptions, startApiServer } from "../../demo/stand-in/api-server.ts";
import { codeBlocks } from "../docs/markdown.ts";
import { makeAuthority } from "../support/certificates.ts";
import { haproxyBinaries, startHaproxy } from "../support/real-haproxy.ts";

const DECIDED_WITHIN_MS = 15_000;
const TOKEN = "the-check";
const page = readFileSync(join(import.meta.dirname, "../../docs/curing-a-blind-check.md"), "utf8");
const [anonymous = "", token = "", certificate = ""] = codeBlocks(page, "haproxy");

/** The first block of the page with the lines of a way in place of those that begin alike. */
function withLines(lines: string): string {
  const start = lines.trimStart().split(" ").slice(0, 2).join(" ");
  return anonymous
    .split("\n")
    .map((line) => (line.trimStart().startsWith(start) ? lines.trimEnd() : line))
    .join("\n");
}

const authority = await makeAuthority();
const tls = await authority.issue({ names: ["kubernetes"] });
const own = await authority.issue({ names: ["haproxy-check"] });

const WAYS: readonly [name: string, lines: string, server: Partial<ApiServerOptions>][] = [
  ["an anonymous request to a server that opens the health paths", anonymous, {}],
  ["a token", withLines(token), { access: { token: TOKEN, anonymous: false } }],
  ["a client certificate", withLines(certificate), { tls: { ...tls, clientCa: authority.ca } }],
];

/** Status and result of the check, once it has decided. */
async function decide(lines: string, server: Partial<ApiServerOptions>, binary: string | undefined): Promise<string> {
  await using api = await startApiServer({ tls, ...server });
  const config = (dir: string): string =>
    [
      "defaults",
      "  mode tcp",
      "  timeout connect 2s",
      "  timeout client 2s",
      "  timeout server 2s",
      "backend apiserver",
      lines
        .replaceAll("/etc/haproxy/kubernetes-ca.crt", join(dir, "ca.crt"))
        .replaceAll("/etc/haproxy/check.pem", join(dir, "check.pem"))
        .replaceAll("${KUBE_CHECK_TOKEN}", TOKEN),
      `  default-server inter 200ms`,
      `  server s1 127.0.0.1:${api.port}`,
    ].join("\n");
  const files = { "ca.crt": authority.ca, "check.pem": `${own.cert}\n${own.key}\n` };
  await using haproxy = await startHaproxy({ config, files, ...(binary === undefined ? {} : { binary }) });
  for (const deadline = performance.now() + DECIDED_WITHIN_MS; performance.now() < deadline; await pause(50)) {
    const [header = "", ...rows] = (await haproxy.command("show stat")).split("\n");
    const columns = header.slice(2).split(",");
    const row = rows.map((line) => line.split(",")).find((fields) => fields[1] === "s1") ?? [];
    const column = (name: string): string => row[columns.indexOf(name)] ?? "";
    if (/^(?:UP|DOWN)$/.test(column("status")) && column("check_status").startsWith("L")) {
      return `${column("status")} ${column("check_status")}/${column("check_code")}`;
    }
  }
  return "undecided";
}

describe.each(haproxyBinaries())("the ways of docs/curing-a-blind-check.md, before $name", ({ binary }) => {
  test.each(WAYS)("%s gets the answer of a healthy server", async (_, lines, server) => {
    expect(await decide(lines, server, binary)).toBe("UP L7OK/200");
  });

  test("a server that denies anonymous requests takes a check without a token for denied", async () => {
    const denied = await decide(anonymous, { access: { token: TOKEN, anonymous: false } }, binary);
    expect(denied).toMatch(/^DOWN L7STS\/40[13]$/);
  });
});
