import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { checkConfig } from "../../server/cli/config.ts";
import { formatConfigErrors, loadConfig, reloadConfig } from "../../server/cli/options.ts";
import { makeAuthority } from "../support/certificates.ts";
import { runHaprobe } from "../support/haprobe-cli.ts";

const root = mkdtempSync(join(tmpdir(), "haprobe-config-"));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;

/** A new folder with these files. */
function folderWith(files: Readonly<Record<string, string>>): string {
  folders += 1;
  const folder = join(root, String(folders));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** `haprobe config check --config haprobe.yaml` in a folder with these files; paths are relative to it. */
async function check(files: Readonly<Record<string, string>>, options: Parameters<typeof checkConfig>[0] = {}) {
  const folder = folderWith(files);
  let [stdout, stderr] = ["", ""];
  const code = await checkConfig(
    { config: join(folder, "haprobe.yaml"), ...options },
    (text) => (stdout += text),
    (text) => (stderr += text),
  );
  const plain = (text: string): string => text.replaceAll(`${folder}/`, "");
  return { code, stdout: plain(stdout), stderr: plain(stderr) };
}

/** A file for what is wrong in the list `haproxy`, and one for `probes`. */
const haproxy = (entry: string): string => `haproxy:\n  - ${entry}\n`;
const probes = (rule: string): string => `probes:\n  - ${rule}\n`;

describe("an invalid configuration: config check gives the position and the remedy, and exits with 78", () => {
  const one = (text: string): Readonly<Record<string, string>> => ({ "haprobe.yaml": text });
  const cases: readonly (readonly [how: string, files: Readonly<Record<string, string>>, error: unknown])[] = [
    ["a mistyped key", one("probe: []\n"), "1:1: probe is not known; did you mean probes?"],
    [
      "a key of a rule at the top",
      one("haproxy: []\ntimeout: 5s\n"),
      "2:1: timeout is not known here; it belongs to probes[]",
    ],
    [
      "a key of the rule among those of the request",
      one(probes("http: {grace: 30s}")),
      "2:12: probes[0].http.grace is not known here; it belongs to probes[]",
    ],
    [
      "camel case",
      one(probes("http: {serverName: kubernetes}")),
      "2:12: probes[0].http.serverName is not known; did you mean server-name?",
    ],
    [
      "a key of a match that is misspelt",
      one(probes("match: {bakend: api}")),
      "2:13: probes[0].match.bakend is not known; did you mean backend?",
    ],
    [
      "a key given twice",
      one("log-level: info\nlisten: 127.0.0.1:1\nlog-level: debug\n"),
      '3:1: the key "log-level" is there twice, first in line 1; keep one',
    ],
    ["a tab", one("haproxy:\n\t- name: a\n"), "2:1: a tab cannot indent in YAML; use spaces"],
    [
      "a bracket without its end",
      one("haproxy: [{name: a\n"),
      expect.stringMatching(/^2:1: the YAML cannot be read: /),
    ],
    [
      "a mapping where a list belongs",
      one("haproxy:\n  name: lb-1\n  stats: unix:/a\n"),
      "2:3: haproxy is a mapping; expected a list, with - in front of each entry",
    ],
    [
      "a time without a unit",
      one(probes("timeout: 5")),
      "2:14: probes[0].timeout is 5; expected a number with its unit, such as 200ms, 5s or 1m",
    ],
    [
      "a time beyond its bounds",
      one(haproxy("{name: a, stats: unix:/a, every: 1ms}")),
      '2:38: haproxy[0].every is "1ms"; expected a time from 100ms to 1h, such as 200ms, 5s or 1m',
    ],
    [
      "a word that is not one of the few",
      one("log-level: warning\n"),
      '1:12: log-level is "warning"; did you mean warn?',
    ],
    [
      "a name with capitals",
      one(haproxy("{name: LB1, stats: unix:/a}")),
      '2:12: haproxy[0].name is "LB1"; expected 1 to 63 lower-case letters, digits, dots or -, a letter or digit first',
    ],
    [
      "a name twice",
      one("haproxy:\n  - {name: a, stats: unix:/a}\n  - {name: a, stats: unix:/b}\n"),
      "3:6: haproxy[1].name is the name of haproxy[0] too; expected a name of its own",
    ],
    [
      "stats without a port",
      one(haproxy("{name: a, stats: tcp://10.0.0.2}")),
      "2:22: haproxy[0].stats has no port; expected unix:/run/haproxy/admin.sock, tcp://host:port, tls://host:port, unix-master:/path, abns@name or http://host:port/stats",
    ],
    [
      "an entry without stats",
      one(haproxy("name: lb-1")),
      "2:5: haproxy[0].stats is missing; expected unix:/run/haproxy/admin.sock, tcp://host:port, tls://host:port, unix-master:/path, abns@name or http://host:port/stats",
    ],
    [
      "a listener without an address",
      one("listen: 8405\n"),
      '1:9: listen has no address; write 127.0.0.1:PORT for this machine only, 0.0.0.0:PORT for every IPv4 address, "[::]:PORT" for every address',
    ],
    [
      "a status that is none",
      one(probes("http: {expect: {status: [200, 2x]}}")),
      '2:35: probes[0].http.expect.status[1] is "2x"; expected a status from 100 to 599, a range such as 200-299 or 2xx, or a list of these',
    ],
    [
      "a pattern that RE2 does not take",
      one(probes("http: {expect: {body: /(?<!a)b/}}")),
      expect.stringMatching(
        /^2:27: probes\[0\]\.http\.expect\.body is no regular expression: .*; expected the syntax of RE2, which has no look-around and no back references$/,
      ),
    ],
    [
      "a path without its slash",
      one(probes("http: {path: readyz}")),
      '2:18: probes[0].http.path is "readyz"; write / in front of it',
    ],
    [
      "an expected mismatch without a reason",
      one(probes("expected: {verdict: false-up}")),
      "2:15: probes[0].expected.why is missing; expected a sentence of 1 to 500 characters",
    ],
    [
      "a secret that would go to every server",
      one(probes("http: {headers: {authorization: Bearer hunter2}}")),
      "2:37: probes[0].http.headers.authorization would be sent to every server that matches; use bearer-token-file, or username and password-file: they go only where allow or ca-file permit",
    ],
    [
      "a host where a network was meant",
      one(probes("allow: [10.0.0.7/8]")),
      '2:13: probes[0].allow[0] is "10.0.0.7/8"; expected either one address, without /, or a network whose host bits are zero, such as 10.0.0.0/8',
    ],
    [
      "networks of two sizes",
      one(haproxy("{name: a, stats: unix:/a, address-map: [{from: 10.0.0.0/16, to: 10.1.0.0/24}]}")),
      "2:65: haproxy[0].address-map[0].to is a network; expected from to be one of the same size",
    ],
    [
      "a variable that is not set",
      one(haproxy('{name: a, stats: "unix:${HAPROBE_TEST_UNSET}"}')),
      "2:22: haproxy[0].stats: the variable HAPROBE_TEST_UNSET is not set; set it, or write ${HAPROBE_TEST_UNSET:-default}",
    ],
    [
      "keys that contradict each other",
      one(probes("skip: true\n    http: {path: /readyz}")),
      "3:5: probes[0].http has no effect beside skip: true; leave one of the two out",
    ],
    [
      "a key of a version to come",
      one("agent-check: {}\n"),
      "1:1: agent-check is not available in this version; leave it out",
    ],
    ["an empty file", one(""), "1:1: the file is empty; expected keys such as haproxy: and probes:, or no file at all"],
  ];

  test.each(cases)("%s", async (_how, files, error) => {
    const { code, stdout, stderr } = await check(files);
    const [file, ...rest] = stderr.trimEnd().split(/(?<=haprobe\.yaml):/);
    expect(file).toBe("haprobe.yaml");
    expect(rest.join(":")).toEqual(error);
    expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
    expect(stderr).not.toContain("hunter2");
  });

  test("in another file than the main one, and in several at once", async () => {
    const files = {
      "haprobe.yaml": "haproxy:\n  - file: instances/*.yaml\n  - file: no.yaml\n",
      "instances/a.yaml": "- {name: a, stats: unix:/a, evrey: 1s}\n",
      "conf.d/b.yaml": "listen: 127.0.0.1:1\nprobes: [{skp: true}]\n",
    };
    expect(await check(files)).toEqual({
      code: 78,
      stdout: "",
      stderr: `conf.d/b.yaml:1:1: listen has no place here: files of conf.d hold haproxy and probes only, all else belongs into haprobe.yaml
conf.d/b.yaml:2:11: probes[0].skp is not known; did you mean skip?
instances/a.yaml:1:29: haproxy[0].evrey is not known; did you mean every?
haprobe.yaml:3:5: haproxy[1].file names no.yaml: no such file; expected a file that haprobe may read
`,
    });
  });

  test("a file that is not there", async () => {
    expect(await check({ "haprobe.yml": "{}" })).toEqual({
      code: 78,
      stdout: "",
      stderr: "haprobe.yaml: no such file; did you mean haprobe.yml?\n",
    });
  });

  test("an option beside a file that is right", async () => {
    expect(await check(one(haproxy("{name: a, stats: unix:/a}")), { haproxy: ["admin.sock"] })).toMatchObject({
      code: 78,
      stderr:
        "--haproxy: the value names no kind of address; expected unix:/run/haproxy/admin.sock, tcp://host:port, tls://host:port, unix-master:/path, abns@name or http://host:port/stats\n",
    });
  });
});

describe("a valid configuration", () => {
  test("is reported with its contents", async () => {
    expect(await check({ "haprobe.yaml": haproxy("{name: a, stats: unix:/a}") })).toEqual({
      code: 0,
      stdout: "haprobe.yaml: ok, 1 file, 1 instance, 0 rules\n",
      stderr: "",
    });
    expect(
      await check({
        "haprobe.yaml": haproxy("file: instances/*.yaml"),
        "instances/a.yaml": "- {name: a, stats: unix:/a}\n- {name: b, stats: unix:/b}\n",
        "conf.d/c.yaml": "probes: [{skip: true}]",
        "conf.d/d.yaml": "haproxy: [{discover: {dns: lb.example, port: 1}}]",
      }),
    ).toEqual({ code: 0, stdout: "haprobe.yaml: ok, 4 files, 2 instances, 1 name in DNS, 1 rule\n", stderr: "" });
  });

  test("and that is probably not meant has a warning", async () => {
    const text = `${haproxy("{name: a, stats: unix:/a}")}probes: [{}, {skip: true}]\n`;
    expect(await check({ "haprobe.yaml": text })).toEqual({
      code: 0,
      stdout: "haprobe.yaml: ok, 1 file, 1 instance, 2 rules\n",
      stderr: "haprobe.yaml:3:14: probes[1] never counts: probes[0] before it matches every server\n",
    });
  });
});

test("a file that was found at the start is required at a reload", () => {
  const folder = folderWith({ "haprobe.yaml": haproxy("{name: a, stats: unix:/a}") });
  const file = join(folder, "haprobe.yaml");
  vi.stubEnv("CONFIGURATION_DIRECTORY", folder);
  try {
    const first = loadConfig({});
    if (first.kind === "broken") throw new Error(formatConfigErrors(first));
    expect(first.file).toBe(file);
    rmSync(file);
    const again = reloadConfig({}, first);
    expect(again.kind === "broken" ? formatConfigErrors(again) : again).toBe(`${file}: no such file`);
    writeFileSync(file, "log-level: info\n");
    expect(reloadConfig({}, first), "no usual address in the place of those that it named").toMatchObject({
      kind: "loaded",
      settings: { instances: [] },
    });
  } finally {
    vi.unstubAllEnvs();
  }
});

test("the program prints the same, and without a file the paths that it tried", async () => {
  const folder = folderWith({ "one/haprobe.yaml": "lisetn: 1\n" });
  // Where /etc/haprobe/haprobe.yaml exists, this machine is no place for the second half.
  const env = { CONFIGURATION_DIRECTORY: "", XDG_CONFIG_HOME: join(folder, "home") };
  const [broken, without] = await Promise.all([
    runHaprobe(["config", "check"], { env: { ...env, CONFIGURATION_DIRECTORY: join(folder, "one") } }),
    runHaprobe(["config", "check", "--haproxy", "unix:/run/none.sock"], { env }),
  ]);
  expect(broken).toEqual({
    code: 78,
    stdout: "",
    stderr: `${folder}/one/haprobe.yaml:1:1: lisetn is not known; did you mean listen?\n`,
  });
  expect(without).toEqual({
    code: 0,
    stdout: "ok without a configuration file: polls unix:/run/none.sock\n",
    stderr: `No configuration file was found. These paths were tried:
  /etc/haprobe/haprobe.yaml
  ${folder}/home/haprobe/haprobe.yaml
`,
  });
});

describe("config check of tls", () => {
  test("is ok where key and certificate belong together, and names the file otherwise", async () => {
    const authority = await makeAuthority();
    const [one, other] = [await authority.issue({ names: ["a.test"] }), await authority.issue({ names: ["a.test"] })];
    const file = "tls: {cert-file: a.pem, key-file: a.key}\nhaproxy: [{name: a, stats: unix:/a}]\n";
    const checked = (key: string) => check({ "haprobe.yaml": file, "a.pem": one.cert, "a.key": key });
    expect(await checked(one.key)).toMatchObject({ code: 0, stderr: expect.not.stringContaining("tls:") });
    const mismatch = "haprobe.yaml: tls: the key in key-file is not that of the certificate in cert-file\n";
    expect(await checked(other.key)).toMatchObject({ code: 78, stderr: expect.stringContaining(mismatch) });
    expect(await checked("no key")).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("no private key in PEM"),
    });
  });
});
