import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import {
  curlCommand,
  isRepeatProbeCommand,
  isShowRowCommand,
  manualProbeCommand,
  repeatProbeCommand,
  showRowCommand,
} from "../../server/contract/repeat-commands.ts";
import type { StatsAddress } from "../../server/contract/settings.ts";
import type { HttpProbe, Target } from "../../server/contract/target.ts";
import { TARGET } from "../support/judge-harness.ts";

const UNIX: StatsAddress = { kind: "unix", path: "/run/haproxy/admin.sock" };

/** The words that a program of this name gets when a shell runs the command. */
function wordsOf(command: string | null, program: string): string[] {
  const script = `${program}() { printf '%s\\n' "$@"; }\n${command}`;
  return spawnSync("sh", ["-c", script], { encoding: "utf8" }).stdout.split("\n").slice(0, -1);
}

function httpTarget(probe: Partial<HttpProbe>, target: Partial<Target> = {}): Target {
  return { ...TARGET, ...target, probe: { ...TARGET.probe, type: "http", ...probe } as HttpProbe };
}

describe("the command that repeats a probe", () => {
  const url = "https://10.0.0.11:6443/readyz?verbose";

  test("leads the connection to the address, under the name that the probe used", () => {
    expect(wordsOf(repeatProbeCommand(TARGET, url), "curl")).toEqual([
      "-sSig",
      "-k",
      "--connect-to",
      "::10.0.0.11:6443",
      "--header",
      "Host: kubernetes",
      "https://kubernetes:6443/readyz?verbose",
    ]);
  });

  test("has method and headers, but no secret", () => {
    const target = httpTarget({
      scheme: "http",
      method: "POST",
      hostHeader: "10.0.0.11:6443",
      headers: { Accept: "it's; reboot", Authorization: "Bearer secret", "X-Api-Key": "secret" },
    });
    expect(wordsOf(repeatProbeCommand(target, "http://10.0.0.11:6443/"), "curl")).toEqual([
      "-sSig",
      "--request",
      "POST",
      "--header",
      "Accept: it's; reboot",
      "http://10.0.0.11:6443/",
    ]);
  });

  test("by hand has a place for each of the probe's credentials, which it does not contain", () => {
    const credentials = {
      bearerTokenFile: "/t",
      basic: null,
      clientCertificate: null,
      sendTo: "allowed-address",
    } as const;
    const withCredentials = (part: Partial<NonNullable<Target["credentials"]>>): readonly string[] =>
      wordsOf(`TOKEN=x; ${manualProbeCommand({ ...TARGET, credentials: { ...credentials, ...part } })}`, "curl").slice(
        7,
      );
    const basic = { username: "it's me", passwordFile: "/p" };
    const clientCertificate = { certFile: "/c", keyFile: "/k" };
    expect(withCredentials({})).toEqual(["--header", "Authorization: Bearer x"]);
    expect(withCredentials({ bearerTokenFile: null, basic })).toEqual(["--user", "it's me"]);
    expect(withCredentials({ bearerTokenFile: null, clientCertificate })).toEqual([
      "--cert",
      "client.pem",
      "--key",
      "client.key",
    ]);
    expect(withCredentials({ sendTo: "never" })).toEqual([]);
  });

  test("asks a UNIX socket", () => {
    const target = httpTarget({ scheme: "http", hostHeader: "localhost" }, { socketPath: "/run/a b.sock", host: "" });
    const words = wordsOf(repeatProbeCommand(target, "http+unix://%2Frun%2Fa%20b.sock/healthz"), "curl");
    expect(words).toEqual([
      "-sSig",
      "--unix-socket",
      "/run/a b.sock",
      "--header",
      "Host: localhost",
      "http://localhost/healthz",
    ]);
  });

  test("is missing where a word has control characters, or the probe is not HTTP", () => {
    expect(repeatProbeCommand(TARGET, "https://10.0.0.11:6443/\u001b[2J")).toBeNull();
    expect(repeatProbeCommand(httpTarget({ headers: { A: "\u009b" } }), url)).toBeNull();
    const tcp: Target = { ...TARGET, probe: { type: "tcp", tls: null, send: "", expect: { kind: "any" } } };
    expect(repeatProbeCommand(tcp, "tcp://10.0.0.11:6443")).toBeNull();
  });

  test("reaches curl unchanged, whatever a server or HAProxy called itself", () => {
    for (const hostile of ["http://x/$(reboot)", "http://x/`id`", "http://x/'; reboot; '", "http://[::1]:80/{a,b}"]) {
      expect(wordsOf(curlCommand(hostile), "curl").at(-1)).toBe(hostile);
    }
  });
});

describe("the command that shows HAProxy's row", () => {
  test("prints the header and the row of the server, and no other", () => {
    const table = "# pxname,svname\nk8s-api,cp-1,x\nk8s-api,cp-10,x\nk8s-api,cp-1x,x\nBACKEND,cp-1,x\n";
    const command = showRowCommand(UNIX, "k8s-api", "cp-1");
    const script = `socat() { cat >&2; printf '%s' '${table}'; }\n${command}`;
    const shell = spawnSync("sh", ["-c", script], { encoding: "utf8" });
    expect(shell.stderr).toBe("show stat -1 4 -1\n");
    expect(shell.stdout).toBe("# pxname,svname\nk8s-api,cp-1,x\n");
  });

  test.each<[StatsAddress, string]>([
    [UNIX, "unix-connect:/run/haproxy/admin.sock"],
    [{ kind: "abns", name: "haproxy" }, "abstract-connect:haproxy"],
    [{ kind: "tcp", host: "::1", port: 9_999 }, "tcp:[::1]:9999"],
    [{ kind: "unix-master", path: "/run/master.sock" }, "unix-connect:/run/master.sock"],
  ])("connects to %o", (stats, address) => {
    expect(showRowCommand(stats, "b", "s")).toContain(`socat stdio '${address}' |`);
  });

  test("asks the worker through the master", () => {
    expect(showRowCommand({ kind: "unix-master", path: "/m" }, "b", "s")).toContain("echo '@1 show stat -1 4 -1'");
  });

  test("is missing where a name or a path would be interpreted, and for a stats page", () => {
    expect(showRowCommand(UNIX, "a,b", "s")).toBeNull();
    expect(showRowCommand(UNIX, "b", "$(reboot)")).toBeNull();
    expect(showRowCommand({ kind: "unix", path: "/run/x,exec:reboot" }, "b", "s")).toBeNull();
    expect(showRowCommand({ kind: "tcp", host: "h,exec", port: 1 }, "b", "s")).toBeNull();
    const page: StatsAddress = { kind: "page", host: "h", port: 1, path: "/", login: null, headers: {}, tls: null };
    expect(showRowCommand(page, "b", "s")).toBeNull();
  });
});

describe("a command from elsewhere", () => {
  const made = [
    repeatProbeCommand(TARGET, "https://10.0.0.11:6443/readyz?verbose"),
    repeatProbeCommand(
      httpTarget({ scheme: "http", method: "POST", headers: { Accept: "it's; reboot" } }),
      "http://10.0.0.11:6443/?a='b'",
    ),
    repeatProbeCommand(
      httpTarget({ scheme: "http", method: "HEAD" }, { socketPath: "/run/a b.sock", host: "" }),
      "http+unix://%2Frun%2Fa%20b.sock/healthz",
    ),
  ];

  test.each(made)("is taken where haprobe makes it: %s", (command) => {
    expect(isRepeatProbeCommand(command ?? "")).toBe(true);
  });

  test.each<StatsAddress>([
    UNIX,
    { kind: "unix-master", path: "/run/haproxy/master.sock" },
    { kind: "abns", name: "haproxy-stats" },
    { kind: "tcp", host: "::1", port: 9999 },
  ])("is taken where it shows a row from %o", (stats) => {
    expect(isShowRowCommand(showRowCommand(stats, "k8s-api", "cp-1") ?? "")).toBe(true);
  });

  test.each([
    "curl -sSig 'http://a/'; reboot",
    "curl -sSig 'http://a/' | sh",
    "curl -sSig 'http://a/' $(reboot)",
    "curl -sSig 'http://a/'\n'x'",
    "curl -sSig -o '/root/.bashrc' 'http://a/'",
    "curl -sSig '-o' '/root/.bashrc' 'http://a/'",
    "curl -sSig --header '@/etc/shadow' 'http://a/'",
    "curl -sSig --header '-o/root/.bashrc' 'http://a/'",
    "curl -sSig 'file:///etc/shadow'",
    "rm -rf /",
  ])("is refused where it could do more than ask a server: %s", (command) => {
    expect(isRepeatProbeCommand(command)).toBe(false);
  });

  test.each([
    "echo 'shutdown frontend in' | socat stdio 'unix-connect:/run/haproxy.sock' | grep -E '^(#|k8s,cp-1,)'",
    "echo 'show stat -1 4 -1' | socat stdio 'exec:reboot' | grep -E '^(#|k8s,cp-1,)'",
    "echo 'show stat -1 4 -1' | socat stdio 'tcp:a:1,fork' | grep -E '^(#|k8s,cp-1,)'",
    "echo 'show stat -1 4 -1' | socat stdio 'tcp:a:1' | grep -E '^(#|k8s,cp-1,)'; reboot",
    "echo 'show stat -1 4 -1' | socat stdio 'tcp:a:1' | grep -E '^(#|k8s,$(reboot),)'",
  ])("is refused where it could do more than show a row: %s", (command) => {
    expect(isShowRowCommand(command)).toBe(false);
  });
});
