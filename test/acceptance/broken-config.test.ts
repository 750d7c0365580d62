import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runHaprobe } from "../support/haprobe-cli.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "haprobe-"));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** Lines of one file, each wrong in its own way, with what has to be said of it: what is wrong, and what would be right. */
const COMBINED: readonly (readonly [line: string, error: RegExp | null])[] = [
  ["listen: 8405", /^listen has no address; write 127\.0\.0\.1:PORT/],
  ["log-level: loud", /^log-level .*debug, info, warn or error/],
  ["log-fromat: text", /^log-fromat is not known; did you mean log-format\?/],
  ["haproxy:", null],
  ["  - name: LB 1", /^haproxy\[0\]\.name .* expected 1 to 63 lower-case letters/],
  ["    stats: admin.sock", /^haproxy\[0\]\.stats names no kind of address; expected unix:/],
  ["    every: 1", /^haproxy\[0\]\.every is 1; expected a number with its unit/],
  ["  - name: lb-2", null],
  ["    stats: unix:/run/haproxy/admin.sock", null],
  [
    "    address-map: [{from: localhost, to: 10.0.0.1}]",
    /^haproxy\[1\]\.address-map\[0\]\.from is "localhost"; expected/,
  ],
  [
    "  - {name: lb-2, stats: tcp://10.0.0.1:9999}",
    /^haproxy\[2\]\.name is the name of haproxy\[1\] too; expected a name of its own/,
  ],
  ["probes:", null],
  ["  - match: {bakend: api}", /^probes\[0\]\.match\.bakend is not known; did you mean backend\?/],
  ["    http: {path: readyz, expect: {status: 99}}", /^probes\[0\]\.http\.path is "readyz"; write \/ in front of it/],
  ["    timeout: 0s", /^probes\[0\]\.timeout is "0s"; expected a time from 10ms/],
  [
    "  - {match: {backend: b}, skip: true, http: {path: /x}}",
    /^probes\[1\]\.http has no effect beside skip: true; leave one/,
  ],
  [
    "  - {match: {backend: c}, http: {bearer-token: s3cret}}",
    /^probes\[2\]\.http\.bearer-token is not known; did you mean bearer-token-file/,
  ],
  ["  - {match: {backend: d}, allow: [10.0.0.0/40]}", /^probes\[3\]\.allow\[0\] .* expected/],
  [
    "  - {match: {backend: e}, expected: {verdict: false-up}}",
    /^probes\[4\]\.expected\.why is missing; expected a sentence/,
  ],
  ["metrics: all", /^metrics .* expected a mapping/],
];

/** What makes a whole file unreadable, with the place and the error. */
const SINGLE: Readonly<Record<string, readonly [text: string, error: RegExp]>> = {
  "empty.yaml": ["", /^:1:1: the file is empty; expected keys such as haproxy:/],
  "tab.yaml": ["haproxy:\n\t- name: a\n", /^:2:1: a tab cannot indent in YAML; use spaces/],
  "twice.yaml": [
    "log-level: info\nlog-level: warn\n",
    /^:2:1: the key "log-level" is there twice, first in line 1; keep one/,
  ],
  "variable.yaml": [
    "listen: ${NOT_SET_ANYWHERE}\n",
    /^:1:9: listen: the variable NOT_SET_ANYWHERE is not set; set it, or write/,
  ],
  "unclosed.yaml": ["haproxy: [{name: a\n", /^:2:1: the YAML cannot be read: .* end with a }/],
};

test("config check names file, line and remedy for everything that is wrong, at once, and exits with 78", async () => {
  const file = join(dir, "haprobe.yaml");
  await writeFile(file, `${COMBINED.map(([line]) => line).join("\n")}\n`);
  const run = await runHaprobe(["config", "check", "--config", file]);
  expect([run.code, run.stdout]).toEqual([78, ""]);
  const reported = run.stderr.trim().split("\n");
  for (const [i, [line, error]] of COMBINED.entries()) {
    const here = reported
      .filter((text) => text.startsWith(`${file}:${i + 1}:`))
      .map((text) => text.slice(file.length).replace(/^:\d+:\d+: /, ""));
    if (error === null) expect(here, line).toEqual([]);
    else expect(here, line).toContainEqual(expect.stringMatching(error));
  }
  expect(reported.filter((text) => !text.startsWith(`${file}:`))).toEqual([]);
  expect(run.stderr).not.toContain("s3cret");
});

test("a file that cannot even be read as a whole is reported with its position, and serve does not start", async () => {
  const runs = Object.entries(SINGLE).map(async ([name, [text, error]], i) => {
    const file = join(dir, name);
    await writeFile(file, text);
    const command = i === 0 ? ["serve", "--listen", "127.0.0.1:0"] : ["config", "check"];
    const run = await runHaprobe([...command, "--config", file]);
    expect.soft(run.code, name).toBe(78);
    expect
      .soft(
        run.stderr
          .trim()
          .replace(/^haprobe: /, "")
          .slice(file.length),
        name,
      )
      .toMatch(error);
  });
  await Promise.all(runs);
  const nowhere = await runHaprobe(["config", "check", "--config", join(dir, "nowhere.yaml")]);
  expect(nowhere).toMatchObject({
    code: 78,
    stderr: expect.stringMatching(/nowhere\.yaml: no such file/),
  });
});
