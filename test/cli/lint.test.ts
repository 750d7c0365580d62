import {
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  chmodSync,
  mkdirSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { afterAll, describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS } from "../../server/advise/advise.ts";
import { lint, type LintOptions } from "../../server/cli/lint.ts";
import { LINT_FORMATS } from "../../server/cli/output-formats.ts";
import { RULES } from "../../server/advise/rules.ts";

const folder = mkdtempSync(join(tmpdir(), "lint-"));
afterAll(() => rmSync(folder, { recursive: true }));

const BLIND = "backend api # ours\n  server cp-1 10.0.0.11:6443 check\n";
const CLEAN = "backend pg\n  server a 10.0.0.1:5432 check\n";

function write(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function run(paths: readonly string[], options: Partial<LintOptions> = {}): { code: number; out: string; err: string } {
  let [out, err] = ["", ""];
  const all = {
    format: "text",
    severity: "note",
    fix: false,
    write: false,
    advise: DEFAULT_OPTIONS,
    ...options,
  } as const;
  const code = lint(
    { ...all, paths },
    (text) => (out += text),
    (text) => (err += text),
  );
  return { code, out, err };
}

describe("the exit code of lint", () => {
  test.each([
    ["0 for a clean file", CLEAN, 0],
    ["1 for warnings", "backend app\n  mode http\n  server a 10.0.0.1:80 check\n", 1],
    ["2 for errors", BLIND, 2],
    ["0 for notes", "backend pg\n  server a 10.0.0.1:5432 check port 1\n", 0],
    ["3 for what is no configuration", "hello\n", 3],
  ])("is %s", (_, text, code) => {
    expect(run([write("haproxy.cfg", text)]).code).toBe(code);
  });

  test("is 3 for a file that is not there, and nothing is printed", () => {
    expect(run([join(folder, "none.cfg")])).toEqual({ code: 3, out: "", err: expect.stringContaining("no such file") });
  });

  test("counts what is shown", () => {
    expect(
      run([write("a.cfg", "backend app\n  mode http\n  server a 10.0.0.1:80 check\n")], { severity: "error" }).code,
    ).toBe(0);
  });
});

test("the text shows place, source line, reason, cure and page", () => {
  const path = write("haproxy.cfg", BLIND);
  const { out } = run([path]);
  expect(out).toContain(`${path}:2:30: error: The check only sees that the port accepts connections`);
  expect(out).toContain("    2 |   server cp-1 10.0.0.11:6443 check\n      |                              ^^^^^\n");
  expect(out).toContain("    +  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes\n");
  expect(out).toContain("docs/rules/check-blind.md");
  expect(out).toMatch(/1 of 1 servers can be falsely UP\. 1 error, 1 warning, 0 notes\.\n$/);
});

test("the JSON names each server's check", () => {
  const report = JSON.parse(run([write("haproxy.cfg", BLIND)], { format: "json" }).out) as Record<string, unknown>;
  expect(report["checks"]).toMatchObject([
    { backend: "api", server: "cp-1", line: 2, column: 10, kind: "kubernetes", depth: "connection", sees: "port" },
  ]);
  expect(report["issues"]).toMatchObject([{ rule: "check-blind", severity: "error", line: 2, column: 30 }, {}]);
  expect(report["summary"]).toMatchObject({ errors: 1, warnings: 1, notes: 0, servers: 1, falselyUp: 1 });
});

test("GitHub gets a command for each issue, on one line", () => {
  const lines = run([write("haproxy.cfg", BLIND)], { format: "github" })
    .out.trimEnd()
    .split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^::error file=.*haproxy\.cfg,line=2,col=30,endColumn=35,title=check-blind::The check only/);
});

test("SARIF is what its schema of version 2.1.0 asks for, for every rule", () => {
  const schema = JSON.parse(
    readFileSync(join(import.meta.dirname, "../fixtures/sarif/sarif-2.1.0.json"), "utf8"),
  ) as Record<string, unknown>;
  // Draft 4 names its identifier otherwise.
  const { id, $schema, ...rest } = schema;
  expect([id, $schema]).not.toContain(undefined);
  const ajv = new Ajv({ strict: false, unicodeRegExp: false });
  addFormats.default(ajv);
  const validate = ajv.compile(rest);
  for (const { id: rule, example } of RULES) {
    const log: unknown = JSON.parse(run([write(`${rule} é.cfg`, example)], { format: "sarif" }).out);
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
    expect(JSON.stringify(log)).toContain(`"ruleId":"${rule}"`);
  }
});

describe("--fix", () => {
  test("prints a diff and writes nothing", () => {
    const path = write("haproxy.cfg", BLIND);
    const { out, code } = run([path], { fix: true });
    expect(out).toContain("+  option httpchk\n");
    expect(code).toBe(2);
    expect(readFileSync(path, "utf8")).toBe(BLIND);
  });

  test("with --write writes it once: the file is clean, keeps its mode and owner, and the second time nothing changes", () => {
    const path = write("haproxy.cfg", BLIND);
    const group = process.getuid?.() === 0 ? 1 : statSync(path).gid;
    chownSync(path, statSync(path).uid, group);
    chmodSync(path, 0o666);
    expect(run([path], { fix: true, write: true }).code).toBe(0);
    const cured = readFileSync(path, "utf8");
    expect(cured).toContain("# ours\n");
    expect([statSync(path).mode & 0o777, statSync(path).gid]).toEqual([0o666, group]);
    expect(readdirSync(folder).filter((name) => name.includes(".haprobe"))).toEqual([]);
    expect(run([path], { fix: true, write: true })).toEqual({ code: 0, out: "", err: "" });
    expect(readFileSync(path, "utf8")).toBe(cured);
    expect(run([path], { severity: "warning" }).out).toMatch(/^0 of 1 servers/);
  });

  test("keeps bytes that are not UTF-8", () => {
    const path = write("latin.cfg", Buffer.from(`# caf\xe9\n${BLIND}`, "latin1"));
    run([path], { fix: true, write: true });
    expect(readFileSync(path).subarray(0, 7)).toEqual(Buffer.from("# caf\xe9\n", "latin1"));
  });
});

test("a folder is read like HAProxy reads it: files that end in .cfg, by name", () => {
  mkdirSync(join(folder, "conf.d"));
  write("conf.d/20-app.cfg", "backend app\n  server a 10.0.0.1:8080 check\n");
  write("conf.d/10-defaults.cfg", "defaults\n  option httpchk GET /health\n");
  write("conf.d/30-old.cfg.bak", BLIND);
  const report = JSON.parse(run([join(folder, "conf.d")], { format: "json" }).out) as { checks: unknown };
  expect(report.checks).toMatchObject([{ backend: "app", depth: "application" }]);
});

test("standard input is read as -, and cannot be written", () => {
  const program = join(import.meta.dirname, "../../bin/haprobe.js");
  const options = ["lint", "-", "--fix", "--write"];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options], {
    input: BLIND,
    encoding: "utf8",
  });
  expect(stdout).toContain("+  option httpchk\n");
  expect([status, stderr]).toEqual([3, expect.stringContaining("cannot be written")]);
});

describe("a hostile file", () => {
  const text = `backend api\n  server \u001b[31m,%0A::error::\u0007 10.0.0.1:6443 check\n`;

  test("sends no control character to the terminal", () => {
    const { out } = run([write("hostile.cfg", text)]);
    expect(out).toContain("\\u001b[31m");
    expect(out.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  test("leaves JSON valid, with a name that looks like an escaped line end", () => {
    const path = write("escaped.cfg", "backend api\n  server a\\\\u000ab 10.0.0.1:6443 check\n");
    const { checks } = JSON.parse(run([path], { format: "json" }).out) as { checks: unknown };
    expect(checks).toMatchObject([{ server: "a\\u000ab" }]);
  });

  test("adds no command of GitHub and no line to SARIF", () => {
    const path = write("a,b:c%0A.cfg", text);
    const lines = run([path], { format: "github" }).out.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^::(?:error|warning) file=[^:,]*a%2Cb%3Ac%250A\.cfg,line=2,/);
    expect(() => JSON.parse(run([path], { format: "sarif" }).out) as unknown).not.toThrow();
  });
});

test("--fix --write keeps comments, spaces and line ends, and adds a final one that is missing", () => {
  const path = write("crlf.cfg", "backend api\r\n\t# ours \r\n\tserver  a 10.0.0.1:6443 check # x\r\n\r\n# end");
  run([path], { fix: true, write: true });
  const cured = readFileSync(path, "utf8");
  expect(cured).toMatch(/\t# ours \r\n[^]*\r\n\tserver  a 10\.0\.0\.1:6443 check # x\r\n\r\n# end\r\n$/);
  expect(cured.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
});

test("every format is rendered for a clean file", () => {
  const path = write("haproxy.cfg", CLEAN);
  for (const format of LINT_FORMATS) expect(run([path], { format }).code).toBe(0);
});
