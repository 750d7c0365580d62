import { describe, expect, test } from "vitest";
import { errorTextsOf, type Files, loadText, loadWith, settingsOf } from "./load-text.ts";

const MAIN = "haproxy: [{name: main, stats: unix:/main}]\nprobes: [{match: {backend: main}, skip: true}]\n";

/** Loads a main file with further files in conf.d beside it. */
function loadDropIns(dropIns: Files, main = MAIN, others: Files = {}, env: Record<string, string> = {}) {
  const files = Object.fromEntries(Object.entries(dropIns).map(([name, text]) => [`/cfg/conf.d/${name}`, text]));
  return loadText(main, { env }, { ...files, ...others });
}

function instanceOf(name: string): string {
  return `haproxy: [{name: ${name}, stats: unix:/${name}}]\n`;
}

describe("files of conf.d", () => {
  test("follow the main file in the order of their names, each list by itself", () => {
    const settings = settingsOf(
      loadDropIns({
        "20-b.yaml": `${instanceOf("b")}probes: [{match: {backend: b}, skip: true}]\n`,
        "10-a.yaml": "probes: [{match: {backend: a-1}, skip: true}, {match: {backend: a-2}, skip: true}]\n",
        "3.yaml": instanceOf("three"),
      }),
    );
    expect(settings.instances.map(({ name }) => name)).toEqual(["main", "b", "three"]);
    expect(settings.rules.map(({ match }) => match.backend)).toEqual([["main"], ["a-1"], ["a-2"], ["b"]]);
  });

  test("have the defaults of the main file, and the variables that it lists", () => {
    const main =
      "haproxy-defaults: {site: fra, labels: {team: platform, rack: r1}}\nconf-d: {variables: [RACK, SITE]}\n";
    const dropIn = "haproxy: [{name: a, stats: unix:/a, labels: {rack: \"${RACK}\"}, site: '${SITE:-ams}'}]\n";
    expect(settingsOf(loadDropIns({ "a.yaml": dropIn }, main, {}, { RACK: "r2" })).instances).toMatchObject([
      { name: "a", site: "ams", labels: { team: "platform", rack: "r2" } },
    ]);
  });

  test("may name further files and names in DNS; what they name lies beside them", () => {
    const dropIn = `
haproxy:
  - {name: page, stats: "https://ops@10.0.0.2/stats", password-file: secret, ca-file: /etc/ca.pem}
  - file: ../instances/*.yaml
  - discover: {dns: lb.example, port: 9999}
probes:
  - http: {ca-file: ca.pem}
`;
    const others = {
      "/cfg/conf.d/secret": "",
      "/cfg/conf.d/ca.pem": "",
      "/etc/ca.pem": "",
      "/cfg/instances/x.yaml": "name: x\nstats: unix:/x\n",
    };
    const loaded = loadDropIns({ "a.yaml": dropIn }, "conf-d: {folders: [instances, /etc]}", others);
    expect(loaded).toMatchObject({
      warnings: [],
      files: ["/cfg/haprobe.yaml", "/cfg/conf.d/a.yaml", "/cfg/instances/x.yaml"],
      watched: ["/cfg/haprobe.yaml", "/cfg/conf.d/a.yaml", "/cfg/instances/x.yaml", "/cfg/conf.d", "/cfg/instances"],
    });
    const { instances, discoveries, rules } = settingsOf(loaded);
    expect(instances).toMatchObject([
      { stats: { login: { password: { path: "/cfg/conf.d/secret" } }, tls: { caFile: "/etc/ca.pem" } } },
      { name: "x" },
    ]);
    expect(discoveries).toMatchObject([{ name: "lb.example" }]);
    expect(rules).toMatchObject([{ probe: { caFile: "/cfg/conf.d/ca.pem" } }]);
  });

  const OUTSIDE = "expected a file below its own folder, or one below conf-d.folders of the main file";

  test("name no file outside of their folder, unless the main file lists its folder", () => {
    const dropIn = "haproxy: [{file: ../x.yaml}]\nprobes: [{http: {bearer-token-file: /etc/token}}]\n";
    const others = { "/cfg/x.yaml": "name: x\nstats: unix:/x\n", "/etc/token": "" };
    expect(errorTextsOf(loadDropIns({ "a.yaml": dropIn }, MAIN, others))).toEqual([
      `conf.d/a.yaml:1:12: haproxy[0].file names ../x.yaml; ${OUTSIDE}`,
    ]);
    const allowed = `${MAIN}conf-d: {folders: [.]}\n`;
    expect(errorTextsOf(loadDropIns({ "a.yaml": dropIn }, allowed, others))).toEqual([
      `conf.d/a.yaml:2:18: probes[0].http.bearer-token-file names /etc/token; ${OUTSIDE}`,
    ]);
    expect(errorTextsOf(loadDropIns({ "a.yaml": dropIn }, `${MAIN}conf-d: {folders: [., /etc]}\n`, others))).toEqual(
      [],
    );
  });

  test("reach no file outside of their folder by a symbolic link", () => {
    const files = {
      "/cfg/haprobe.yaml": MAIN,
      "/cfg/conf.d/a.yaml": "probes: [{http: {ca-file: ca.pem}}]",
      "/cfg/conf.d/ca.pem": "",
    };
    const realPath = (path: string): string => (path === "/cfg/conf.d/ca.pem" ? "/etc/token" : path);
    expect(errorTextsOf(loadWith(files, { file: "haprobe.yaml", realPath }))).toEqual([
      `conf.d/a.yaml:1:18: probes[0].http.ca-file names /cfg/conf.d/ca.pem; ${OUTSIDE}`,
    ]);
  });

  test("use no file of $CREDENTIALS_DIRECTORY, unless the main file lists it", () => {
    const dropIn = { "a.yaml": "probes: [{http: {bearer-token-file: token}, allow: [10.0.0.1]}]" };
    const load = (main: string) =>
      loadDropIns(
        dropIn,
        main,
        { "/run/creds/token": "", "/cfg/conf.d/token": "" },
        { CREDENTIALS_DIRECTORY: "/run/creds" },
      );
    const tokenFile = (main: string) => settingsOf(load(main)).rules.at(-1)?.probe;
    expect(tokenFile("{}")).toMatchObject({ bearerTokenFile: "/cfg/conf.d/token" });
    expect(tokenFile("conf-d: {folders: [/run/creds]}")).toMatchObject({ bearerTokenFile: "/run/creds/token" });
  });

  test("give the files that they name no more than they have themselves", () => {
    const dropIns = { "a.yaml": "haproxy: [{file: sub/x.yaml}]" };
    const others = { "/cfg/conf.d/sub/x.yaml": 'name: "${SECRET}"\nstats: https://10.0.0.1/\nca-file: /etc/ca.pem\n' };
    expect(errorTextsOf(loadDropIns(dropIns, MAIN, others, { SECRET: "hunter2" }))).toEqual([
      "conf.d/sub/x.yaml:1:7: haproxy[0].name: the variable SECRET is not available here; list it in conf-d.variables of the main file",
    ]);
  });

  test("lie beside the main file, whatever its name, and count only with one", () => {
    const files = {
      "/etc/haprobe/conf.d/a.yaml": instanceOf("a"),
      "/srv/own.yml": "{}",
      "/srv/conf.d/b.yaml": instanceOf("b"),
    };
    expect(loadWith(files, { file: "/srv/own.yml" })).toMatchObject({ settings: { instances: [{ name: "b" }] } });
    expect(loadWith(files)).toMatchObject({ file: null, files: [], settings: { instances: [] } });
    const named = loadWith({ ...files, "/srv/conf.d/b.yaml": "colour: blue" }, { file: "../srv/own.yml" });
    expect(errorTextsOf(named)).toEqual([
      "../srv/conf.d/b.yaml:1:1: colour has no place here: files of conf.d hold haproxy and probes only, all else belongs into own.yml",
    ]);
  });

  test("that are hidden or have another extension are ignored; .yml and .YAML are a warning", () => {
    const none = "colour: blue";
    const dropIns = {
      ".a.yaml": none,
      "a.yaml.swp": none,
      "a.yaml~": none,
      "b.yml": none,
      "C.YAML": none,
      README: none,
    };
    expect(loadDropIns(dropIns)).toMatchObject({
      kind: "loaded",
      files: ["/cfg/haprobe.yaml"],
      warnings: [
        "conf.d/C.YAML: is not read; expected a name that ends in .yaml",
        "conf.d/b.yml: is not read; expected a name that ends in .yaml",
      ],
    });
  });

  test("may be added later: their folder is watched even if it does not exist and if the configuration is invalid", () => {
    expect(loadText("{}")).toMatchObject({ kind: "loaded", watched: ["/cfg/haprobe.yaml", "/cfg/conf.d"] });
    expect(loadDropIns({ "a.yaml": "haproxy: [{file: b.yaml}]\n" })).toMatchObject({
      kind: "broken",
      watched: ["/cfg/haprobe.yaml", "/cfg/conf.d/a.yaml", "/cfg/conf.d/b.yaml", "/cfg/conf.d"],
    });
  });
});

describe("an invalid file of conf.d makes the configuration invalid, and is named with its line:", () => {
  const cases: readonly (readonly [what: string, dropIns: Files, errors: readonly string[], main: string])[] = [
    [
      "a key of the main file",
      { "a.yaml": "haproxy: []\nlisten: 127.0.0.1:1\nhaproxy-defaults: {site: fra}\n" },
      [
        "conf.d/a.yaml:2:1: listen has no place here: files of conf.d hold haproxy and probes only, all else belongs into haprobe.yaml",
        "conf.d/a.yaml:3:1: haproxy-defaults has no place here: files of conf.d hold haproxy and probes only, all else belongs into haprobe.yaml",
      ],
      MAIN,
    ],
    [
      "a mistyped key",
      { "a.yaml": "probe: []\n" },
      ["conf.d/a.yaml:1:1: probe is not known; did you mean probes?"],
      MAIN,
    ],
    [
      "a key of a later version",
      { "a.yaml": "agent-check: {}\n" },
      ["conf.d/a.yaml:1:1: agent-check is not available in this version; leave it out"],
      MAIN,
    ],
    [
      "a value, and keys that do not go together",
      { "a.yaml": "probes:\n  - every: 5\n  - http: {scheme: http, ca-file: x}\n" },
      [
        "conf.d/a.yaml:2:12: probes[0].every is 5; expected a number with its unit, such as 200ms, 5s or 1m",
        "conf.d/a.yaml:3:26: probes[1].http.ca-file has no effect with scheme: http; leave one of the two out",
      ],
      MAIN,
    ],
    [
      "a variable that the main file does not list",
      { "a.yaml": 'haproxy: [{name: "${NONE}", stats: unix:/a}]\n' },
      [
        "conf.d/a.yaml:1:18: haproxy[0].name: the variable NONE is not available here; list it in conf-d.variables of the main file",
      ],
      MAIN,
    ],
    [
      "a tab",
      { "a.yaml": "haproxy:\n\t- name: a\n" },
      ["conf.d/a.yaml:2:1: a tab cannot indent in YAML; use spaces"],
      MAIN,
    ],
    [
      "nothing, as a full disk leaves it",
      { "a.yaml": "" },
      ["conf.d/a.yaml:1:1: the file is empty; expected haproxy: or probes:, or no file at all"],
      MAIN,
    ],
    [
      "a list, as `file:` wants it",
      { "a.yaml": "- {name: a, stats: unix:/a}\n" },
      ["conf.d/a.yaml:1:1: the file is a list; expected a mapping of keys to values"],
      MAIN,
    ],
    [
      "too much",
      { "a.yaml": `# ${"x".repeat(1_048_576)}` },
      ["conf.d/a.yaml:1:1: the file is longer than 1048576 bytes"],
      MAIN,
    ],
    ["no right to read it", { "a.yaml": { code: "EACCES" } }, ["conf.d/a.yaml: permission denied"], MAIN],
    ["a folder with its name", { "a.yaml": { code: "EISDIR" } }, ["conf.d/a.yaml: it is a folder"], MAIN],
    [
      "a name that the main file has",
      { "a.yaml": "haproxy:\n  - name: main\n    stats: unix:/a\n" },
      ["conf.d/a.yaml:2:5: haproxy[0].name is the name of an entry in haprobe.yaml:1 too; expected a name of its own"],
      MAIN,
    ],
    [
      "a name that another file of conf.d has",
      { "a.yaml": instanceOf("a"), "b.yaml": instanceOf("a") },
      [
        "conf.d/b.yaml:1:12: haproxy[0].name is the name of an entry in conf.d/a.yaml:1 too; expected a name of its own",
      ],
      MAIN,
    ],
    [
      "a file that the main file names as well",
      { "a.yaml": instanceOf("a") },
      ["haprobe.yaml:1:12: haproxy[0].file names conf.d/a.yaml, which is read already; expected each file once"],
      "haproxy: [{file: conf.d/a.yaml}]\n",
    ],
    [
      "and all errors are reported at once",
      { "b.yaml": "colour: blue\n", "a.yaml": "haproxy: 1\n", "c.yaml": "haproxy: [{file: no.yaml}]\n" },
      [
        "haprobe.yaml:1:1: lisetn is not known; did you mean listen?",
        "conf.d/a.yaml:1:10: haproxy is a single value; expected a list, with - in front of each entry",
        "conf.d/b.yaml:1:1: colour has no place here: files of conf.d hold haproxy and probes only, all else belongs into haprobe.yaml",
        "conf.d/c.yaml:1:12: haproxy[0].file names conf.d/no.yaml: no such file; expected a file that haprobe may read",
      ],
      "lisetn: 1\n",
    ],
  ];

  test.each(cases)("%s", (_what, dropIns, errors, main) => {
    expect(errorTextsOf(loadDropIns(dropIns, main))).toEqual(errors);
  });

  test("more instances than one haprobe polls, in all files together", () => {
    const entries = (from: number) =>
      Array.from({ length: 600 }, (_, i) => `  - {name: lb-${from + i}, stats: "unix:/${from + i}"}\n`).join("");
    const dropIns = { "a.yaml": `haproxy:\n${entries(0)}`, "b.yaml": `haproxy:\n${entries(600)}` };
    expect(errorTextsOf(loadDropIns(dropIns))).toEqual([
      "haprobe.yaml:1:1: haproxy holds 1201 entries with those of all files; expected at most 1000",
    ]);
  });

  test("more files than the limit", () => {
    const dropIns = Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`${i}.yaml`, "{}"]));
    expect(errorTextsOf(loadDropIns(dropIns))).toEqual(["conf.d: holds 1001 files *.yaml; expected at most 1000"]);
  });

  test.each([
    ["ENOTDIR", "conf.d: it is no folder; expected a folder with further files, or none"],
    ["EACCES", "conf.d: permission denied"],
  ])("a folder that fails with %s", (code, error) => {
    expect(errorTextsOf(loadText("{}", {}, { "/cfg/conf.d": { code } }))).toEqual([error]);
  });
});

test("a warning about a file of conf.d names it, its line, and the file of what is before it", () => {
  const dropIns = {
    "a.yaml": "haproxy: [{name: a, stats: /main}]\nprobes:\n  - {}\n",
    "b.yaml": "probes:\n  - match: {backend: b}\n    http: {bearer-token-file: token}\n",
  };
  expect(loadDropIns(dropIns)).toMatchObject({
    kind: "loaded",
    warnings: [
      "conf.d/b.yaml:3:12: probes[0].http.bearer-token-file names /cfg/conf.d/token: no such file; what needs it fails until then",
      "conf.d/b.yaml:2:5: probes[0] never counts: probes[0] of conf.d/a.yaml before it matches every server",
      "conf.d/b.yaml:3:12: probes[0].http.bearer-token-file is never sent: it goes only to addresses in allow, or over TLS to servers that ca-file verifies under server-name or host",
      "conf.d/a.yaml:1:21: haproxy[0].stats is the same as that of main: each server shows twice",
    ],
  });
});
