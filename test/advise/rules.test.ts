import { describe, expect, test } from "vitest";
import { advise, DEFAULT_OPTIONS } from "../../server/advise/advise.ts";
import type { ConfigFile } from "../../server/advise/config-file.ts";
import { cureFiles } from "../../server/advise/cure-files.ts";
import type { AdviseOptions } from "../../server/advise/rule.ts";
import { RULES } from "../../server/advise/rules.ts";

const fileOf = (text: string): ConfigFile => ({ path: "haproxy.cfg", text });
const rulesOf = (text: string, options: Partial<AdviseOptions> = {}): readonly string[] =>
  advise([fileOf(text)], { ...DEFAULT_OPTIONS, ...options }).issues.map(({ rule }) => rule);
const cure = (text: string, options: Partial<AdviseOptions> = {}): string =>
  cureFiles([fileOf(text)], { ...DEFAULT_OPTIONS, ...options }, "note")[0]?.text ?? "";

describe.each(RULES)("rule $id", ({ id, example, severity, why }) => {
  test("is found in its example, with its place", () => {
    const found = advise([fileOf(example)]).issues.find(({ rule }) => rule === id);
    expect(found?.severity).toBe(severity);
    const source = example.split("\n")[(found?.position.line ?? 0) - 1] ?? "";
    expect(found?.position.column).toBeLessThanOrEqual(source.length + 1);
    expect(why).toMatch(/^[A-Z].*\.$/);
  });

  test("is gone once its example is cured, and nothing worse has come", () => {
    const cured = cure(example);
    const left = advise([fileOf(cured)]).issues;
    const isCurable = cured !== example;
    expect(
      left.filter(({ rule, severity: level }) => (isCurable && rule === id) || (isCurable && level !== "note")),
    ).toEqual([]);
  });

  test("is cured once: the second time nothing changes", () => {
    const cured = cure(example);
    expect(cure(cured)).toBe(cured);
  });

  test("is ignored by a comment with a reason", () => {
    if (id === "ignore-without-reason" || id === "final-newline-missing") return;
    const place = advise([fileOf(example)]).issues.find(({ rule }) => rule === id)?.position.line ?? 1;
    const lines = example.split("\n");
    lines.splice(place - 1, 0, `# haprobe: ignore ${id} it is meant`);
    expect(rulesOf(lines.join("\n"))).not.toContain(id);
  });
});

test("the recommended configuration is clean", () => {
  const text = `global
    stats socket /run/haproxy/user.sock mode 660 level user
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout check 5s
backend apiserver
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes
    http-check expect status 200
    default-server check check-ssl verify required ca-file ca.crt verifyhost kubernetes check-sni kubernetes inter 5s fastinter 2s downinter 5s fall 3 rise 2 on-marked-down shutdown-sessions
    server cp-1 10.0.0.11:6443
    server cp-2 10.0.0.12:6443
`;
  expect(rulesOf(text)).toEqual([]);
});

describe("a comment that ignores", () => {
  const text = "backend app\n    mode http\n    server a 10.0.0.1:8080 check\n";

  test("holds for the section at whose header it stands", () => {
    expect(rulesOf(text)).toEqual(["check-blind"]);
    expect(rulesOf(text.replace("app\n", "app # haprobe: ignore check-blind its clients check it\n"))).toEqual([]);
  });

  test("holds for its own line and its own rules alone", () => {
    expect(rulesOf(text.replace("check\n", "check # haprobe: ignore check-missing why not\n"))).toEqual([
      "check-blind",
    ]);
    expect(rulesOf(text.replace("mode http", "mode http # haprobe: ignore check-blind why"))).toEqual(["check-blind"]);
  });
});

describe("a cure", () => {
  test("stands above a template's loop, not in it", () => {
    const text =
      "backend api\n    balance roundrobin\n{% for h in hosts %}\n    server {{ h }} {{ h }}:6443 check\n{% endfor %}\n";
    const lines = cure(text).split("\n");
    expect(lines.indexOf("{% for h in hosts %}")).toBe(lines.findIndex((line) => line.includes("server {{ h }}")) - 1);
    expect(cure(text)).toContain("    option httpchk\n");
  });

  test("keeps comments, layout and line ends", () => {
    const text = "backend api # ours\r\n\tserver a 10.0.0.1:6443   check   # first\r\n";
    const cured = cure(text);
    expect(cured).toContain("backend api # ours\r\n");
    expect(cured).toContain("\tserver a 10.0.0.1:6443   check   # first\r\n");
    expect(cured).toContain("\toption httpchk\r\n");
  });

  test("with an authority verifies the certificate", () => {
    const cured = cure("backend api\n  server a 10.0.0.1:6443 check\n", { caFile: "/etc/ca.crt" });
    expect(cured).toContain("check-ssl verify required ca-file /etc/ca.crt verifyhost kubernetes check-sni kubernetes");
    expect(rulesOf(cured)).toEqual([]);
    for (const words of ["check-ssl", "check-ssl verify none"]) {
      const text = `backend api\n  option httpchk GET /readyz\n  server a 10.0.0.1:6443 check ${words}\n`;
      expect(cure(text, { caFile: "/etc/ca.crt" })).toContain(
        "verify required ca-file /etc/ca.crt verifyhost kubernetes check-sni kubernetes",
      );
    }
  });

  test("with a health path asks for it", () => {
    const cured = cure("backend app\n  mode http\n  server a 10.0.0.1:80 check\n", { path: "/health", host: "shop" });
    expect(cured).toContain("http-check send meth GET uri /health ver HTTP/1.1 hdr Host shop\n");
    expect(cured).toContain("http-check expect status 200-299\n");
  });

  test("for HAProxy before 2.2 writes the request in one line", () => {
    const cured = cure("backend api\n  server a 10.0.0.1:6443 check\n", { version: "2.0" });
    expect(cured).toContain("option httpchk GET /readyz HTTP/1.1\\r\\nHost:\\ kubernetes\n");
  });

  test("replaces words of the line itself that turn the check or its TLS off", () => {
    const cured = cure("backend api\n  server a 10.0.0.1:6443 no-check verify none no-check-ssl backup\n");
    expect(cured).toContain("  server a 10.0.0.1:6443 check verify none check-ssl backup\n");
  });

  test("writes steps anew that HAProxy would refuse in that order, or that connect on their own", () => {
    const steps =
      "  option httpchk\n  http-check connect ssl\n  http-check send meth HEAD uri /readyz\n  http-check expect status 200\n";
    const cured = cure(`backend api\n${steps}  server a 10.0.0.1:6443 check verify none\n`);
    expect(cured).not.toContain("http-check connect");
    expect(cured).toContain("http-check send meth GET uri /readyz");
    expect(cured).toContain("default-server check-ssl\n");
  });

  test("keeps the request of the defaults that own rules lost", () => {
    const text =
      "defaults\n  mode http\n  option httpchk GET /alive\nbackend app\n  http-check expect status 200\n  server a 10.0.0.1:80 check\n";
    expect(cure(text)).toContain(
      "http-check send meth GET uri /alive ver HTTP/1.1 hdr Host localhost\n  http-check expect status 200\n",
    );
  });

  test("is applied to each of two sections of one name, as guides have them", () => {
    const block = "```\nbackend api\n  server a 10.0.0.1:6443 check\n```\n";
    const [cured] = cureFiles([{ path: "guide.md", text: block + block }], DEFAULT_OPTIONS, "note");
    expect(cured?.text.match(/option httpchk/g)).toHaveLength(2);
  });

  test("leaves the port of a check", () => {
    const text =
      "backend pg\n  option httpchk OPTIONS /master\n  http-check expect status 200\n  server a 10.0.0.1:5432 check port 8008\n";
    expect(cure(text)).toBe(text);
  });

  test.each([
    ["a line in which a quotation mark has no partner", 'backend a\n  server-template t 1-3 h:80" '],
    ["a line that ends in a backslash", "backend a\n  server-template t 1-3 h:80\\\n"],
    ["a line in which a comment of a template ends", "global\n  maxconn 5 {# a\n b #}\n"],
  ])("is not offered for %s", (_, text) => {
    expect(cure(text)).toBe(text);
  });

  test("replaces what a line itself says of certificates, and demands less of none", () => {
    for (const words of ["check-ssl verify required", "check-ssl verify nonsense"]) {
      const text = `backend a\n  option httpchk GET /readyz\n  server s 10.0.0.1:6443 check ${words}\n`;
      expect(cure(text)).not.toContain("verify none");
      const cured = cure(text, { caFile: "/etc/ca.crt" });
      expect(cured).toContain("server s 10.0.0.1:6443 check check-ssl verify required ca-file /etc/ca.crt verifyhost");
      expect(cured.match(/verify /g)).toHaveLength(1);
    }
  });

  test("is not offered for lines that a script prints", () => {
    const text = 'cat <<EOF > haproxy.cfg\nbackend api\nEOF\necho "  server m $IP:6443" >> haproxy.cfg\n';
    expect(advise([{ path: "lb.sh", text }]).issues.map(({ rule, cure: edits }) => [rule, edits.length])).toEqual([
      ["check-missing", 0],
    ]);
  });
});
