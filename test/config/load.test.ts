import { describe, expect, test } from "vitest";
import { errorTextsOf, loadText, loadWith, settingsOf } from "./load-text.ts";

const DEBUG = "log-level: debug";
const WARN = "log-level: warn";

describe("the file", () => {
  const env = { CONFIGURATION_DIRECTORY: "/etc/one:/etc/two", XDG_CONFIG_HOME: "/home/me/conf", HOME: "/home/me" };

  test.each([
    ["asked for, before all others", "own.yaml", "/cfg/own.yaml"],
    ["asked for by its whole path", "/srv/own.yaml", "/srv/own.yaml"],
    ["in systemd's folder", null, "/etc/one/haprobe.yaml"],
    ["in its second folder", null, "/etc/two/haprobe.yaml"],
    ["in /etc/haprobe", null, "/etc/haprobe/haprobe.yaml"],
    ["in $XDG_CONFIG_HOME", null, "/home/me/conf/haprobe/haprobe.yaml"],
  ])("%s", (_rule, file, path) => {
    const loaded = loadWith({ [path]: DEBUG, "/home/me/.config/haprobe/haprobe.yaml": WARN }, { file, env });
    expect(loaded).toMatchObject({ kind: "loaded", file: path, settings: { logLevel: "debug" } });
  });

  test("in ~/.config where $XDG_CONFIG_HOME is not set", () => {
    const path = "/home/me/.config/haprobe/haprobe.yaml";
    expect(loadWith({ [path]: DEBUG }, { env: { HOME: "/home/me" } })).toMatchObject({ kind: "loaded", file: path });
  });

  test("that is found first is used, and no other", () => {
    const loaded = loadWith({ "/etc/one/haprobe.yaml": WARN, "/etc/haprobe/haprobe.yaml": DEBUG }, { env });
    expect(loaded).toMatchObject({ kind: "loaded", file: "/etc/one/haprobe.yaml" });
  });

  test("that cannot be read is an error, and no other is tried", () => {
    const files = { "/etc/one/haprobe.yaml": { code: "EACCES" }, "/etc/haprobe/haprobe.yaml": DEBUG };
    const loaded = loadWith(files, { env });
    expect(errorTextsOf(loaded)).toEqual(["/etc/one/haprobe.yaml: permission denied"]);
    expect(loaded).toMatchObject({ errors: [{ code: "HAPROBE_CONFIG_UNREADABLE" }] });
  });

  test.each([
    ["ENOENT", "own.yaml: no such file"],
    ["EISDIR", "own.yaml: it is a folder"],
    ["EIO", "own.yaml: it cannot be read (EIO)"],
  ])("that is given and fails with %s is an error", (code, message) => {
    expect(errorTextsOf(loadWith({ "/cfg/own.yaml": { code } }, { file: "own.yaml" }))).toEqual([message]);
  });

  test("that is given with a misspelt name gets the nearest name", () => {
    expect(errorTextsOf(loadWith({ "/cfg/haprobe.yml": DEBUG }, { file: "haprobe.yaml" }))).toEqual([
      "haprobe.yaml: no such file; did you mean haprobe.yml?",
    ]);
  });

  test("is not needed: without it, and without --haproxy, there is no instance yet", () => {
    expect(loadWith({})).toMatchObject({ kind: "loaded", file: null, settings: { instances: [] }, warnings: [] });
  });
});

describe("the command line", () => {
  const file =
    "listen: 127.0.0.1:1\nlog-level: info\nhaproxy-defaults: {site: fra}\nhaproxy: [{name: local, stats: unix:/a}]";

  test("wins over the file", () => {
    const options = { listen: "127.0.0.1:0", logLevel: "error", logFormat: "text" };
    expect(settingsOf(loadText(file, options))).toMatchObject({
      listen: { host: "127.0.0.1", port: 0 },
      logLevel: "error",
      logFormat: "text",
    });
  });

  test("adds instances, named after what they are, with the file's defaults", () => {
    const { instances } = settingsOf(loadText(file, { haproxy: ["unix:/b", "tcp://lb2.example.org:9999"] }));
    expect(instances.map(({ name, statsText, site }) => [name, statsText, site])).toEqual([
      ["local", "unix:/a", "fra"],
      ["local-2", "unix:/b", "fra"],
      ["lb2.example.org", "tcp://lb2.example.org:9999", "fra"],
    ]);
  });

  test("adds none that the file has already, nor one twice", () => {
    const { instances } = settingsOf(loadText(file, { haproxy: ["/a", "unix:///b", "unix:/b"] }));
    expect(instances.map(({ statsText }) => statsText)).toEqual(["unix:/a", "unix:/b"]);
  });

  test("may not open the listener to other machines without tls and auth, with a file or without one", () => {
    const open = { listen: "0.0.0.0:8405" };
    for (const load of [(options: object) => loadText(file, options), (options: object) => loadWith({}, options)]) {
      expect(errorTextsOf(load(open))).toEqual([
        expect.stringMatching(
          /^--listen: the value is 0\.0\.0\.0:8405, which other machines reach, without tls and auth;/,
        ),
      ]);
      const insecure = settingsOf(load({ ...open, listenInsecurely: true }));
      expect(insecure).toMatchObject({ listen: { host: "0.0.0.0" }, listenInsecurely: true });
    }
  });

  test("is checked as the file is, all at once, and together with it", () => {
    const options = {
      haproxy: ["http://me:hunter2@10.0.0.2/;up", "x"],
      listen: "8405",
      logLevel: "debgu",
      logFormat: "xml",
    };
    const errors = errorTextsOf(loadText("listn: 1", options));
    expect(errors).toEqual([
      "haprobe.yaml:1:1: listn is not known; did you mean listen?",
      "--haproxy: the value asks for ;up; leave that out: haprobe asks for the CSV of all servers by itself",
      "--haproxy: the value names no kind of address; expected unix:/run/haproxy/admin.sock, tcp://host:port, tls://host:port, unix-master:/path, abns@name or http://host:port/stats",
      '--listen: the value has no address; write 127.0.0.1:PORT for this machine only, 0.0.0.0:PORT for every IPv4 address, "[::]:PORT" for every address',
      '--log-level: the value is "debgu"; did you mean debug?',
      '--log-format: the value is "xml"; expected json or text',
    ]);
  });

  test("that is wrong is a fault of usage, with a file or without", () => {
    for (const loaded of [loadText("{}", { logLevel: "x" }), loadWith({}, { logLevel: "x" })]) {
      expect(loaded).toMatchObject({ kind: "broken", errors: [{ code: "HAPROBE_USAGE", file: "--log-level" }] });
    }
  });
});

describe("a file that the configuration names", () => {
  const text = "probes: [{http: {ca-file: ca.pem}}]";
  const caFile = (others: Record<string, string>, env = {}) =>
    settingsOf(loadText(text, { env }, others)).rules[0]?.probe?.caFile;

  test("lies beside the configuration file", () => {
    expect(caFile({ "/cfg/ca.pem": "" })).toBe("/cfg/ca.pem");
  });

  test("or in $CREDENTIALS_DIRECTORY, which comes first", () => {
    const env = { CREDENTIALS_DIRECTORY: "/run/credentials" };
    expect(caFile({ "/cfg/ca.pem": "", "/run/credentials/ca.pem": "" }, env)).toBe("/run/credentials/ca.pem");
    expect(caFile({ "/cfg/ca.pem": "" }, env)).toBe("/cfg/ca.pem");
  });

  test("may be missing: that is a warning, since it may be created later", () => {
    expect(loadText(text)).toMatchObject({
      kind: "loaded",
      warnings: [
        "haprobe.yaml:1:18: probes[0].http.ca-file names /cfg/ca.pem: no such file; what needs it fails until then",
      ],
    });
  });
});

describe("a warning", () => {
  const cases: readonly (readonly [rule: string, text: string, warning: string])[] = [
    [
      "a rule after one that matches everything",
      "probes:\n  - {}\n  - match: {backend: api}\n",
      "haprobe.yaml:3:5: probes[1] never counts: probes[0] before it matches every server",
    ],
    [
      "one HAProxy under two names",
      "haproxy:\n  - {name: a, stats: unix:/a}\n  - {name: b, stats: /a}\n",
      "haprobe.yaml:3:15: haproxy[1].stats is the same as that of haproxy[0]: each server shows twice",
    ],
    [
      "a token that is never sent",
      "probes:\n  - http: {bearer-token-file: token}\n",
      "haprobe.yaml:2:12: probes[0].http.bearer-token-file is never sent: it goes only to addresses in allow, or over TLS to servers that ca-file verifies under server-name or host",
    ],
    [
      "a password that is never sent",
      "probes:\n  - http: {scheme: http, username: u, password-file: token}\n",
      "haprobe.yaml:2:39: probes[0].http.password-file is never sent: it goes only to addresses in allow, or over TLS to servers that ca-file verifies under server-name or host",
    ],
    [
      "a client key that is never used",
      "probes:\n  - tcp: {tls: true, client-cert-file: token, client-key-file: token}\n",
      "haprobe.yaml:2:47: probes[0].tcp.client-key-file is never sent: it goes only to addresses in allow, or over TLS to servers that ca-file verifies under server-name or host",
    ],
    [
      "a token for gRPC without TLS",
      "probes:\n  - grpc: {bearer-token-file: token}\n",
      "haprobe.yaml:2:12: probes[0].grpc.bearer-token-file is never sent: it goes only to addresses in allow, or over TLS to servers that ca-file verifies under server-name or host",
    ],
  ];

  test.each(cases)("%s", (_rule, text, warning) => {
    expect(loadText(text, {}, { "/cfg/token": "" })).toMatchObject({ kind: "loaded", warnings: [warning] });
  });

  test("is given for a token that ca-file alone would send, since HAProxy gives the name to verify", () => {
    const text = "probes: [{http: {bearer-token-file: t, ca-file: t}}]";
    expect(loadText(text, {}, { "/cfg/t": "" })).toMatchObject({
      kind: "loaded",
      warnings: [
        "haprobe.yaml:1:18: probes[0].http.bearer-token-file is never sent: it goes only to addresses in allow, or over TLS to servers that ca-file verifies under server-name or host",
      ],
    });
  });

  test("is given for secrets in plain text to any address that HAProxy names", () => {
    const text = (http: string) => `probes: [{http: {${http}, bearer-token-file: t}, allow: [10.0.0.1, 0.0.0.0/0]}]`;
    expect(loadText(text("scheme: http"), {}, { "/cfg/t": "" })).toMatchObject({
      kind: "loaded",
      warnings: [
        "haprobe.yaml:1:73: probes[0].allow[1] holds every address, so HAProxy decides which servers get the secrets of this rule in plain text",
      ],
    });
    expect(loadText(text("scheme: https"), {}, { "/cfg/t": "" })).toMatchObject({ kind: "loaded", warnings: [] });
  });

  test("is given for a secret file that every user can read", () => {
    const statusOf = (mode: number) => () => ({ isSocket: false, isFolder: false, mode });
    const text = "probes: [{http: {bearer-token-file: t}, allow: [10.0.0.1]}]";
    const files = { "/cfg/t": "" };
    expect(loadText(text, { statusOf: statusOf(0o100644) }, files)).toMatchObject({
      kind: "loaded",
      warnings: [
        "haprobe.yaml:1:18: probes[0].http.bearer-token-file names /cfg/t, which every user can read; expected mode 640 or less",
      ],
    });
    expect(loadText(text, { statusOf: statusOf(0o100640) }, files)).toMatchObject({ kind: "loaded", warnings: [] });
  });

  test.each([
    ["is a folder", { isSocket: false, isFolder: true, mode: 0o40755 }],
    ["is a file that is no socket", { isSocket: false, isFolder: false, mode: 0o100644 }],
  ])("is given for stats whose path %s", (what, status) => {
    expect(loadText("haproxy: [{name: a, stats: unix:/a}]", { statusOf: () => status })).toMatchObject({
      kind: "loaded",
      warnings: [`haprobe.yaml:1:21: haproxy[0].stats ${what}; expected the socket of HAProxy`],
    });
  });

  test("is given for a password on the command line, without repeating it", () => {
    const loaded = loadText("{}", { haproxy: ["https://me:hunter2@10.0.0.2/stats"] });
    expect(loaded).toMatchObject({
      kind: "loaded",
      warnings: [
        "--haproxy: the password is visible to every user in the list of processes; expected password-file in a configuration file",
      ],
    });
    expect(loadText("{}", { haproxy: ["https://me@10.0.0.2/stats"] })).toMatchObject({ warnings: [] });
  });

  test("is not given for a token that allow or ca-file send", () => {
    const text =
      "probes:\n  - match: {backend: a}\n    http: {bearer-token-file: t}\n    allow: [10.0.0.1]\n  - http: {bearer-token-file: t, ca-file: t, server-name: api}\n";
    expect(loadText(text, {}, { "/cfg/t": "" })).toMatchObject({ kind: "loaded", warnings: [] });
  });
});
