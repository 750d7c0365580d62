import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { verifyPassword } from "../../server/access/password-hash.ts";
import { printPasswordHash } from "../../server/cli/hash-password.ts";
import { parsePasswordHash } from "../../server/contract/password-hash.ts";
import { MAIN } from "../support/haprobe-cli.ts";

async function run(input: string): Promise<{ code: number; printed: string; errors: string }> {
  let [printed, errors] = ["", ""];
  const stdin = Readable.from([input]) as unknown as NodeJS.ReadStream;
  const code = await printPasswordHash(
    stdin,
    (text) => (printed += text),
    (text) => (errors += text),
  );
  return { code, printed, errors };
}

describe("haprobe config hash-password", () => {
  test("prints the hash of the first line of the standard input", async () => {
    const { code, printed } = await run("correct horse battery\nmore\n");
    expect(code).toBe(0);
    const hash = parsePasswordHash(printed.trim());
    expect(hash !== null && (await verifyPassword("correct horse battery", hash))).toBe(true);
    expect(printed).not.toContain("correct");
  });

  test.each(["short\n", "\n", `${"x".repeat(2_000)}\n`])("refuses what is no password: %j", async (input) => {
    const { code, printed, errors } = await run(input);
    expect([code, printed]).toEqual([2, ""]);
    expect(errors).toContain("a password has 8 to 1024 characters");
  });
});

describe("at a terminal", () => {
  /** Types at a real terminal (that of script, of util-linux) each time that a prompt ends with ": "; resolves with all that it showed. */
  async function type(...answers: readonly string[]): Promise<{ code: number; shown: string }> {
    const command = `${process.execPath} ${MAIN} config hash-password`;
    const terminal = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"]);
    const left = [...answers];
    let shown = "";
    terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      if (text.endsWith(": ")) terminal.stdin.write(left.shift() ?? "\u0003");
    });
    const [code] = (await once(terminal, "close")) as [number];
    return { code, shown };
  }

  test("asks twice, shows nothing of the password, and takes back what was deleted", async () => {
    const { code, shown } = await type("correct horsee\u007f battery\r", "correct horse battery\r");
    expect(code).toBe(0);
    expect(shown).toMatch(/^Password: \r?\nAgain: \r?\n\$argon2id\$/);
    const hash = parsePasswordHash(shown.split("\n").at(-2)?.trim() ?? "");
    expect(hash !== null && (await verifyPassword("correct horse battery", hash))).toBe(true);
    expect(shown).not.toContain("horse");
  });

  test("prints no hash where the two differ, or after Ctrl-C", async () => {
    const [differing, ended] = await Promise.all([
      type("correct horse\r", "correct house\r"),
      type("correct ho\u0003"),
    ]);
    expect(differing).toEqual({ code: 2, shown: expect.stringContaining("the two differ") });
    expect(ended.code).toBe(2);
    for (const { shown } of [differing, ended]) expect(shown).not.toMatch(/argon2id|ho[ru]se/);
  });
});
