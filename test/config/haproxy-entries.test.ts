import { describe, expect, test } from "vitest";
import { renderSettings } from "../../server/config/render.ts";
import { errorTextsOf, type Files, loadText, settingsOf } from "./load-text.ts";

const load = (text: string, files: Files = {}) => loadText(text, {}, files);

describe("access to the stats of an entry", () => {
  const files = { "/cfg/ca.pem": "", "/cfg/me.crt": "", "/cfg/me.key": "", "/cfg/password": "" };

  test("is configured by its keys, or by those that all entries share", () => {
    const text = `
haproxy-defaults: {ca-file: ca.pem, username: ops, password-file: password}
haproxy:
  - {name: a, stats: "tls://10.0.0.2:9999", server-name: lb, client-cert-file: me.crt, client-key-file: me.key}
  - {name: b, stats: "https://10.0.0.2:8404/stats", insecure-skip-verify: true, headers: {Host: lb.example, X-Auth: hunter2}}
  - {name: c, stats: "http://me:hunter2@10.0.0.3:8404/stats"}
  - {name: d, stats: unix:/run/haproxy/admin.sock}
`;
    const [a, b, c, d] = settingsOf(load(text, files)).instances;
    expect(a?.stats).toEqual({
      kind: "tls",
      host: "10.0.0.2",
      port: 9999,
      tls: {
        serverName: "lb",
        caFile: "/cfg/ca.pem",
        clientCertFile: "/cfg/me.crt",
        clientKeyFile: "/cfg/me.key",
        verify: true,
      },
    });
    expect(b?.stats).toMatchObject({
      login: { user: "ops", password: { kind: "file", path: "/cfg/password" } },
      headers: { Host: "lb.example", "X-Auth": "hunter2" },
      tls: { caFile: "/cfg/ca.pem", verify: false },
    });
    expect(c?.stats, "its own user and password win").toMatchObject({
      login: { user: "me", password: { kind: "text", text: "hunter2" } },
    });
    expect(d?.stats, "what it has no use for is left out").toEqual({ kind: "unix", path: "/run/haproxy/admin.sock" });
    expect([a, b, c].map((each) => each?.statsText)).toEqual([
      "tls://10.0.0.2:9999",
      "https://10.0.0.2:8404/stats",
      "http://10.0.0.3:8404/stats",
    ]);
  });

  test("no secret is printed, and all else loads to the same settings", () => {
    const text = `
haproxy:
  - {name: a, stats: "tls://10.0.0.2:9999", ca-file: /cfg/ca.pem, client-cert-file: /cfg/me.crt, insecure-skip-verify: false}
  - {name: b, stats: "https://10.0.0.2/stats", username: "o@x", password-file: /cfg/password, headers: {X-A: "1"}}
  - {name: c, stats: unix-master:/run/master.sock}
  - {name: lb, discover: {dns: haproxy.example, port: 8404, scheme: https, path: /s}, username: ops, password-file: /cfg/password, site: fra}
  - {discover: {dns: _stats._tcp.example}}
`;
    const settings = settingsOf(load(text, files));
    expect(settingsOf(load(renderSettings(settings), files))).toEqual(settings);
    const secret = `
haproxy:
  - {name: c, stats: "http://me:hunter2@10.0.0.3:8404/stats?token=hunter2&x=1", headers: {X-Auth-Token: hunter2}}
`;
    const loaded = settingsOf(load(secret));
    expect(renderSettings(loaded)).not.toContain("hunter2");
    expect(loaded.instances[0]?.statsText).toBe("http://10.0.0.3:8404/stats?token=<redacted>&x=1");
  });

  test("a password over plain http is a warning, except to this machine", () => {
    const page = (url: string) => `haproxy: [{name: a, stats: "${url}"}]`;
    expect(load(page("http://me:hunter2@10.0.0.3/stats"))).toMatchObject({
      warnings: [
        "haprobe.yaml:1:21: haproxy[0].stats sends its password over plain http, where it can be read on the way; use https",
      ],
    });
    for (const url of ["http://me:x@127.0.0.1/stats", "https://me:x@10.0.0.3/stats", "http://10.0.0.3/stats"]) {
      expect(load(page(url))).toMatchObject({ warnings: [] });
    }
  });
});

describe("entries in files of their own", () => {
  const files = {
    "/cfg/instances/b.yaml": "- {name: b-1, stats: unix:/b1}\n- {name: b-2, stats: unix:/b2, site: ams}\n",
    "/cfg/instances/a.yaml": "name: a-1\nstats: https://10.0.0.2/stats\nca-file: ca.pem\n",
    "/cfg/instances/a.yaml.swp": "no",
    "/cfg/instances/.hidden.yaml": "no",
    "/cfg/instances/ca.pem": "",
    "/cfg/other.yaml": "- {name: o-1, stats: unix:/o}\n",
  };

  test("replace the entry that names them, sorted by the names of the files", () => {
    const text = `
haproxy-defaults: {site: fra}
haproxy:
  - {name: first, stats: unix:/1}
  - file: instances/*.yaml
  - file: /cfg/other.yaml
  - {name: last, stats: unix:/2}
`;
    const loaded = load(text, files);
    const { instances } = settingsOf(loaded);
    expect(instances.map(({ name, site }) => [name, site])).toEqual([
      ["first", "fra"],
      ["a-1", "fra"],
      ["b-1", "fra"],
      ["b-2", "ams"],
      ["o-1", "fra"],
      ["last", "fra"],
    ]);
    expect(instances[1]?.stats, "files that they name lie beside them").toMatchObject({
      tls: { caFile: "/cfg/instances/ca.pem" },
    });
    expect(loaded).toMatchObject({
      warnings: [],
      files: ["/cfg/haprobe.yaml", "/cfg/instances/a.yaml", "/cfg/instances/b.yaml", "/cfg/other.yaml"],
      watched: [
        "/cfg/haprobe.yaml",
        "/cfg/instances/a.yaml",
        "/cfg/instances/b.yaml",
        "/cfg/other.yaml",
        "/cfg/conf.d",
        "/cfg/instances",
      ],
    });
  });

  test.each<[string, string, Files, string[]]>([
    [
      "a value that is wrong",
      "haproxy: [{file: a.yaml}]",
      { "/cfg/a.yaml": "- name: a\n  stats: unix:/a\n- name: b\n  stats: nowhere\n  evrey: 1s\n" },
      [
        "a.yaml:4:10: haproxy[1].stats names no kind of address; expected unix:/run/haproxy/admin.sock, tcp://host:port, tls://host:port, unix-master:/path, abns@name or http://host:port/stats",
        "a.yaml:5:3: haproxy[1].evrey is not known; did you mean every?",
      ],
    ],
    [
      "keys that do not go together",
      "haproxy: [{file: a.yaml}]",
      { "/cfg/a.yaml": "name: a\nstats: unix:/a\nca-file: x\n" },
      ["a.yaml:3:1: haproxy[0].ca-file has no effect with unix; expected tls:// or https://, or leave it out"],
    ],
    [
      "YAML that cannot be read",
      "haproxy: [{file: sub/a.yaml}]",
      { "/cfg/sub/a.yaml": "- {name: a\n" },
      [expect.stringMatching(/^sub\/a\.yaml:\d+:\d+: /)],
    ],
    [
      "an empty file",
      "haproxy: [{file: a.yaml}]",
      { "/cfg/a.yaml": "" },
      ["a.yaml:1:1: haproxy[0] has no value; expected a mapping of keys to values"],
    ],
    [
      "a file that is not there",
      "haproxy: [{file: a.yaml}]",
      {},
      ["haprobe.yaml:1:12: haproxy[0].file names a.yaml: no such file; expected a file that haprobe may read"],
    ],
    [
      "a file elsewhere, by its whole path",
      "haproxy: [{file: /srv/a.yaml}, {file: ../lb/b.yaml}]",
      { "/srv/a.yaml": "- {name: a}\n", "/lb/b.yaml": { code: "EACCES" } },
      [
        "/srv/a.yaml:1:3: haproxy[0].stats is missing; expected unix:/run/haproxy/admin.sock, tcp://host:port, tls://host:port, unix-master:/path, abns@name or http://host:port/stats",
        "haprobe.yaml:1:33: haproxy[1].file names ../lb/b.yaml: permission denied; expected a file that haprobe may read",
      ],
    ],
    [
      "a file that is named twice",
      "haproxy: [{file: sub/*.yaml}, {file: sub/a.yaml}, {file: haprobe.yaml}]",
      { "/cfg/sub/a.yaml": "- {name: a, stats: unix:/a}\n" },
      [
        "haprobe.yaml:1:32: haproxy[1].file names sub/a.yaml, which is read already; expected each file once",
        "haprobe.yaml:1:52: haproxy[2].file names haprobe.yaml, which is read already; expected each file once",
      ],
    ],
    [
      "a file that names further files",
      "haproxy: [{file: a.yaml}]",
      { "/cfg/a.yaml": "- file: b.yaml\n" },
      [
        "a.yaml:1:3: haproxy[0].name is missing; expected 1 to 63 lower-case letters, digits, dots or -, a letter or digit first",
        "a.yaml:1:3: haproxy[0].stats is missing; expected unix:/run/haproxy/admin.sock, tcp://host:port, tls://host:port, unix-master:/path, abns@name or http://host:port/stats",
        "a.yaml:1:3: haproxy[0].file has no place in this entry; leave it out",
      ],
    ],
    [
      "a name that another file has",
      "haproxy:\n  - {name: a, stats: unix:/a}\n  - file: a.yaml\n",
      { "/cfg/a.yaml": "- name: b\n  stats: unix:/b\n- name: a\n  stats: unix:/c\n" },
      ["a.yaml:3:3: haproxy[1].name is the name of an entry in haprobe.yaml:2 too; expected a name of its own"],
    ],
  ])("have errors with their own lines: %s", (_, text, others, errors) => {
    expect(errorTextsOf(load(text, others))).toEqual(errors);
  });

  test("may be added later where a pattern names them: that is a warning", () => {
    expect(load("haproxy: [{file: instances/*.yml}]", files)).toMatchObject({
      kind: "loaded",
      warnings: ["haprobe.yaml:1:12: haproxy[0].file names /cfg/instances/*.yml, which no file matches"],
      watched: ["/cfg/haprobe.yaml", "/cfg/conf.d", "/cfg/instances"],
    });
    expect(load("haproxy: [{file: nowhere/*.yml}]", files)).toMatchObject({
      warnings: [
        "haprobe.yaml:1:12: haproxy[0].file names /cfg/nowhere/*.yml; its folder cannot be read: no such file",
      ],
    });
  });

  test("warnings about them name their files", () => {
    const text = "haproxy: [{name: z, stats: unix:/b1}, {file: instances/b.yaml}]";
    expect(load(text, files)).toMatchObject({
      warnings: ["instances/b.yaml:1:15: haproxy[0].stats is the same as that of z: each server shows twice"],
    });
  });
});

describe("an entry with discover", () => {
  test("gives the discovery of a DNS name, with the keys of any entry", () => {
    const text = `
haproxy-defaults: {site: fra, password-file: password}
haproxy:
  - {name: lb, discover: {dns: HAProxy.Example., port: 9999}, every: 2s, labels: {a: b}}
  - {discover: {dns: _stats._tcp.haproxy.example, scheme: tls}, server-name: lb}
  - {discover: {dns: tasks.haproxy, port: 8404, scheme: http}, username: ops}
`;
    const rest = { everyMs: 1_000, site: "fra", network: "default", labels: {}, addressMap: [] };
    const tls = { serverName: "lb", caFile: null, clientCertFile: null, clientKeyFile: null, verify: true };
    expect(settingsOf(load(text, { "/cfg/password": "" })).discoveries).toEqual([
      {
        name: "lb",
        dns: "haproxy.example",
        port: 9999,
        template: { ...rest, everyMs: 2_000, labels: { a: "b" }, stats: { kind: "tcp", host: "", port: 0 } },
      },
      {
        name: "stats.tcp.haproxy.example",
        dns: "_stats._tcp.haproxy.example",
        port: null,
        template: { ...rest, stats: { kind: "tls", host: "", port: 0, tls } },
      },
      {
        name: "tasks.haproxy",
        dns: "tasks.haproxy",
        port: 8404,
        template: {
          ...rest,
          stats: {
            kind: "page",
            host: "",
            port: 0,
            path: "/stats",
            login: { user: "ops", password: { kind: "file", path: "/cfg/password" } },
            headers: {},
            tls: null,
          },
        },
      },
    ]);
  });

  test("maps servers of the instances that it will have, whose names begin with its own", () => {
    const mapped = (from: string) =>
      `haproxy: [{name: edge, discover: {dns: lb.example, port: 1}, address-map: [{from: ${from}, to: "10.0.0.1:80"}]}]`;
    expect(errorTextsOf(load(mapped("edge-10-0-0-1/be/srv")))).toEqual([]);
    expect(errorTextsOf(load(mapped("edge/be/srv")))).toEqual([
      "haprobe.yaml:1:77: haproxy[0].address-map[0].from names another instance than this one; expected it to begin with edge-",
    ]);
  });
});
