import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { verifyPassword } from "../../server/access/password-hash.ts";
import { printPasswordHash } from "../../server/cli/hash-password.ts";
import { parsePasswordHash } from "../../server/contract/password-hash.ts";

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
