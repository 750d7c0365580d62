import { describe, expect, test } from "vitest";
import { advise, DEFAULT_OPTIONS } from "../../server/advise/advise.ts";
import { readConfigLines } from "../../server/advise/config-lines.ts";
import { cureFiles } from "../../server/advise/cure-files.ts";

/** `backend/server line:depth` of every server that is found. */
function serversOf(text: string, path = "haproxy.cfg"): readonly string[] {
  return advise([{ path, text }]).checks.map(
    ({ proxy, server, depth }) =>
      `${proxy.section.name?.text}/${server.name.text.replaceAll("\uE000", "?")} ${server.line.number}:${depth}`,
  );
}

describe("configuration is found", () => {
  test("in a fenced block of Markdown, not in its prose or in other blocks", () => {
    const text = [
      "# A guide",
      "listen to me: backend servers have a check",
      "```sh",
      "apt install haproxy",
      "```",
      "```haproxy",
      "backend api",
      "  server a 10.0.0.1:6443 check",
      "```",
      "server b 10.0.0.2:6443",
      "~~~",
      "upstream backend {",
      "  server 10.0.0.1:6443;",
      "}",
      "~~~",
    ].join("\n");
    expect(serversOf(text, "guide.md")).toEqual(["api/a 8:connection"]);
  });

  test("in here-documents of a shell script, not in those of other programs", () => {
    const text = [
      "#!/bin/bash",
      "cat <<EOF | sudo tee /etc/haproxy/haproxy.cfg",
      "backend api",
      "  option httpchk GET /readyz",
      "  server a $MASTER_1:6443 check check-ssl verify none",
      "EOF",
      "cat > /etc/nginx/nginx.conf <<-'END'",
      "  listen 80;",
      "  server b 10.0.0.2:6443;",
      "END",
    ].join("\n");
    expect(serversOf(text, "lb.sh")).toEqual(["api/a 5:application"]);
  });

  test("in what a script prints behind a here-document", () => {
    const text = [
      "cat <<EOF > haproxy.cfg",
      "backend api",
      "EOF",
      "for i in 1 2; do",
      '  echo "    server m$i ${IPS[$i]}:6443 check" >> haproxy.cfg',
      "done",
    ].join("\n");
    expect(serversOf(text, "lb.sh")).toEqual(["api/m? 5:connection"]);
  });

  test("in a here-document within a fenced block", () => {
    const text = ["```", "cat <<EOF", "backend api", "  server a 10.0.0.1:6443", "EOF", "backend is up", "```"].join(
      "\n",
    );
    expect(serversOf(text, "guide.md")).toEqual(["api/a 4:none"]);
  });
});

describe("templates are stepped over", () => {
  test.each([
    [
      "Jinja",
      [
        "{% for host in groups['masters'] %}",
        "  server {{ host }} {{ ip[host] | default('x y') }}:6443 check",
        "{% endfor %}",
      ],
    ],
    ["Jinja on one line", ["  server a 10.0.0.1:6443 check {% if tls %}check-ssl verify none{% endif %}"]],
    ["Go", ["{{- range $i, $s := .Servers }}", "  server {{ $s.Name }} {{ $s.Addr }}:6443 check", "{{- end }}"]],
    ["ERB", ["<% @servers.each do |s| -%>", "  server <%= s.name %> <%= s.ip %>:6443 check", "<% end -%>"]],
    ["Terraform", ["%{ for m in masters ~}", "  server ${m.name} ${ m.ip }:6443 check", "%{ endfor ~}"]],
    [
      "a Go template within one",
      ["{{`{{- range .Servers}}`}}", "  server {{`{{.}}`}} {{`{{.IP}}`}}:6443 check", "{{`{{- end}}`}}"],
    ],
    [
      "a comment of Jinja over lines",
      ["{# server old 10.0.0.9:6443", "  option httpchk #}", "  server a 10.0.0.1:6443 check"],
    ],
  ])("%s", (_, lines) => {
    const depths = advise([{ path: "haproxy.cfg.j2", text: ["backend api", ...lines, ""].join("\n") }]).checks;
    expect(depths.map(({ kind }) => kind)).toEqual(["kubernetes"]);
    expect(["connection", "tls"]).toContain(depths[0]?.depth);
  });

  test("what a template may add leaves the depth open", () => {
    expect(serversOf("backend api\n  server a 10.0.0.1:6443 {{ options }}\n")).toEqual(["api/a 2:null"]);
    expect(serversOf("backend api\n  option {{ check }}\n  server a 10.0.0.1:6443 check\n")).toEqual(["api/a 3:null"]);
  });

  describe("branches that exclude each other: neither option replaces the other", () => {
    test.each([
      ["Jinja", "{% if deep %}", "{% else %}", "{% endif %}"],
      ["Go", "{{- if .Deep }}", "{{- else }}", "{{- end }}"],
      ["Handlebars", "{{#if deep}}", "{{else}}", "{{/if}}"],
      ["ERB", "<% if @deep -%>", "<% else -%>", "<% end -%>"],
      ["EPP", "<% if $deep { -%>", "<% } else { -%>", "<% } -%>"],
      ["Terraform", "%{ if deep ~}", "%{ else ~}", "%{ endif ~}"],
      ["FreeMarker", "<#if deep>", "<#else>", "</#if>"],
    ])("%s", (_, start, middle, end) => {
      const arms = ["  option httpchk GET /readyz\n  http-check expect status 200", "  option tcp-check"];
      for (const [first, second] of [arms, arms.toReversed()]) {
        const text = `backend api\n${start}\n${first}\n${middle}\n${second}\n${end}\n  server a 10.0.0.1:6443 check check-ssl\n`;
        const file = { path: "haproxy.cfg.tpl", text };
        expect(serversOf(text)).toEqual(["api/a 8:null"]);
        expect(advise([file]).issues.map(({ rule }) => rule)).not.toContain("check-overridden");
        expect(cureFiles([file], DEFAULT_OPTIONS, "note")[0]?.text).toMatch(
          /option httpchk GET \/readyz\n[^]*option tcp-check|option tcp-check\n[^]*option httpchk GET \/readyz/,
        );
      }
    });

    test("within a line, neither is known", () => {
      expect(
        serversOf(
          "backend api\n  option {% if a %}httpchk{% else %}tcp-check{% endif %}\n  server a 10.0.0.1:6443 check\n",
        ),
      ).toEqual(["api/a 3:null"]);
      expect(
        serversOf("backend api\n  server a 10.0.0.1:6443 {{ if .TLS }}check check-ssl{{ else }}{{ end }} inter 2s\n"),
      ).toEqual(["api/a 2:null"]);
      const [, line] = readConfigLines({
        path: "f",
        text: "backend api\n server a {{if .V6}}[::1]{{else if .V4}}127.0.0.1{{else}}{{.Name}}{{end}}:6443 check",
      }).lines;
      expect(line?.words.map(({ text }) => text.replace(/\uE000+/, "?"))).toEqual(["server", "a", "?:6443", "check"]);
    });

    describe("that fill one line together are lines of their own", () => {
      test.each([
        ["Jinja", "{% if a %}", "{% else %}", "{% endif %} # of the role"],
        ["Go", "{{if .A}}", "{{else}}", "{{end}}"],
        ["ERB", "<% if @a %>", "<% else %>", "<% end %>"],
      ])("%s", (_, start, middle, end) => {
        const server = "  server s 10.0.0.1:6443 check";
        const choice = (...arms: readonly string[]): string => `  ${start}${arms.join(middle)}${end}`;
        const textOf = (...lines: readonly string[]): string => ["backend api", ...lines, ""].join("\n");
        expect(serversOf(textOf(choice("option httpchk GET /readyz", "option tcp-check"), server))).toEqual([
          "api/s 3:null",
        ]);
        expect(serversOf(textOf(choice("option ssl-hello-chk", "option tcp-check"), server))).toEqual([
          "api/s 3:connection",
        ]);
        const servers = choice(
          "server a 10.0.0.1:6443 check",
          "server b 10.0.0.2:6443",
          "server c 10.0.0.3:6443 check",
        );
        expect(serversOf(textOf(servers))).toEqual(["api/a 2:connection", "api/b 2:none", "api/c 2:connection"]);
      });

      test("and a cure leaves them", () => {
        const options = "  {% if a %}option ssl-hello-chk{% else %}option tcp-check{% endif %}\n";
        const text = `backend api\n${options}  {% if a %}server a 10.0.0.1:6443 check{% else %}server b 10.0.0.2:6443{% endif %}\n`;
        const file = { path: "haproxy.cfg.j2", text };
        expect(advise([file]).issues.map(({ rule }) => rule)).toContain("check-missing");
        const cured = cureFiles([file], DEFAULT_OPTIONS, "note")[0]?.text.split("\n") ?? [];
        expect(cured).toEqual(expect.arrayContaining(text.split("\n")));
      });
    });

    test("an option behind them replaces both", () => {
      const text =
        "backend api\n{% if a %}\n  option httpchk\n{% else %}\n  option redis-check\n{% endif %}\n  option tcp-check\n  server a 10.0.0.1:6443 check\n";
      expect(serversOf(text)).toEqual(["api/a 8:connection"]);
    });

    test("where each is blind, so is the check", () => {
      const text =
        "backend api\n{% if a %}\n  option ssl-hello-chk\n{% else %}\n  option tcp-check\n{% endif %}\n  server a 10.0.0.1:6443 check\n";
      expect(serversOf(text)).toEqual(["api/a 7:connection"]);
      const cured = cureFiles([{ path: "haproxy.cfg.j2", text }], DEFAULT_OPTIONS, "note")[0]?.text ?? "";
      expect(serversOf(cured)[0]).toContain("application");
    });
  });

  test("columns are those of the file", () => {
    const [header, line] = readConfigLines({ path: "f", text: "backend {{ a }}\n  server x {{ b }}:1 check" }).lines;
    expect(header?.words[1]).toMatchObject({ column: 9, endColumn: 16 });
    expect(line?.words[3]).toMatchObject({ text: "check", column: 22 });
  });
});

describe("conditions", () => {
  const text = [
    "backend api",
    ".if version_atleast(3.0)",
    "  option httpchk GET /readyz",
    ".elif streq(a,b)",
    "  option redis-check",
    ".else",
    "  option tcp-check",
    ".endif",
    "  server a 10.0.0.1:6443 check",
    "",
  ].join("\n");
  const depthFor = (version: string): string | null | undefined =>
    advise([{ path: "f", text }], { assumed: null, version, caFile: null, path: null, host: null }).checks[0]?.depth;

  test("are evaluated for the version of HAProxy", () => {
    expect(depthFor("3.0.11")).toBe("application");
    expect(depthFor("2.6")).toBe("connection");
  });

  test("that are not known count as true", () => {
    expect(serversOf(text.replace("version_atleast(3.0)", "defined(X) && feature(OPENSSL)"))).toEqual([
      "api/a 9:application",
    ]);
  });
});

test("several files are read as one configuration", () => {
  const files = [
    { path: "00-defaults.cfg", text: "defaults\n  option httpchk GET /health\n" },
    { path: "10-app.cfg", text: "backend app\n  server a 10.0.0.1:8080 check\n" },
  ];
  expect(advise(files).checks[0]?.depth).toBe("application");
  expect(advise(files.toReversed()).checks[0]?.depth).toBe("connection");
});

test("a tracking server has the check at the end of its chain; a circle leaves it open", () => {
  const text = [
    "backend b",
    "  server a 10.0.0.1:80 check",
    "  server c 10.0.0.3:80 track b/d",
    "  server d 10.0.0.4:80 track a",
    "  server x 10.0.0.5:80 track y",
    "  server y 10.0.0.6:80 track x",
    "  server z 10.0.0.7:80 track x",
    "",
  ].join("\n");
  expect(serversOf(text).map((line) => line.split(":")[1])).toEqual([
    "connection",
    "connection",
    "connection",
    "null",
    "null",
    "null",
  ]);
});
