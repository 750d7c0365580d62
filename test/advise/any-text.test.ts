import fc from "fast-check";
import { expect, test } from "vitest";
import { advise, DEFAULT_OPTIONS } from "../../server/advise/advise.ts";
import { cureFiles } from "../../server/advise/cure-files.ts";
import { RULES } from "../../server/advise/rules.ts";
import { formatUnifiedDiff } from "../../server/advise/unified-diff.ts";

/** Words that have a meaning to the reader, mixed with any text. */
const PIECES = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...'global|defaults|backend a|listen b|frontend a|defaults x from y|mode http|mode tcp|server s 10.0.0.1:6443|server-template t 1-3 h:80|check|no-check|check-ssl|verify none|ca-file f|port 1|inter 5|track a/s|track s|option httpchk|option httpchk GET / HTTP/1.1\\r\\nHost:\\ x|option tcp-check|option ssl-hello-chk|http-check expect status 200|http-check expect ! rstatus ^5|http-check expect|http-check send meth GET uri /readyz|http-check connect ssl|tcp-check expect string x|default-server check|timeout check 1|stats socket x|stats enable|.if 1|.else|.endif|.elif (!(a)&&b)||1|{{ x }}|{{|{% if x %}|{#|#}|<%= x %>|${X}|"|\'|\\|#|# haprobe: ignore check-blind why|```|cat <<EOF|EOF|echo "server s 1:6443 check"|\r'.split(
        "|",
      ),
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
);
const TEXTS = fc
  .array(fc.tuple(PIECES, fc.constantFrom(" ", "\n", "\n  ", "")), { maxLength: 60 })
  .map((parts) => parts.flat().join(""));

test("any text is read without an exception, and every issue has a place in it", () => {
  fc.assert(
    fc.property(TEXTS, fc.constantFrom("haproxy.cfg", "guide.md", "lb.sh", "t.j2"), (text, path) => {
      const { issues, checks } = advise([{ path, text }]);
      const lines = text.split("\n");
      for (const { position, endColumn, rule } of issues) {
        expect(RULES.map(({ id }) => id)).toContain(rule);
        expect(position.line).toBeLessThanOrEqual(lines.length);
        expect(position.column).toBeLessThanOrEqual((lines[position.line - 1]?.length ?? 0) + 1);
        expect(endColumn).toBeGreaterThanOrEqual(position.column);
      }
      for (const { server } of checks) expect(lines[server.line.number - 1]).toBe(server.line.source);
    }),
    { numRuns: 2_000 },
  );
});

test("whatever the text, what is cured once stays as it is, and the diff leads to it", () => {
  fc.assert(
    fc.property(TEXTS, (text) => {
      const file = { path: "haproxy.cfg", text };
      const [cured] = cureFiles([file], DEFAULT_OPTIONS, "note");
      const again = cureFiles([{ path: "haproxy.cfg", text: cured?.text ?? "" }], DEFAULT_OPTIONS, "note");
      expect(again[0]?.text).toBe(cured?.text);
      expect(formatUnifiedDiff(file, cured?.edits ?? []) === "").toBe(cured?.text === text);
    }),
    { numRuns: 1_000 },
  );
});

test("the work grows with the size of the text, not faster", () => {
  // Each of these made a reader of another kind search to the end again and again.
  for (const piece of [
    "{{ ",
    "{% if\n",
    "<% ",
    "${ a",
    "```\n",
    "cat <<EOF\n",
    ".if (\n",
    "backend a\n",
    "\"'\\",
    "# haprobe: ignore \n",
  ]) {
    expect(() => advise([{ path: "a", text: piece.repeat(20_000) }])).not.toThrow();
  }
  const tracking = Array.from({ length: 20_000 }, (_, index) => ` server s${index + 1} 1:1 track s${index}\n`);
  const chain = advise([{ path: "a", text: `backend a\n server s0 1:1 check\n${tracking.join("")}` }]).checks;
  expect(new Set(chain.map(({ depth }) => depth))).toEqual(new Set(["connection"]));
  const spaces = " ".repeat(100_000);
  expect(advise([{ path: "a", text: `# haprobe: ignore a${spaces}\n` }]).issues).toMatchObject([
    { rule: "ignore-without-reason" },
  ]);
});
