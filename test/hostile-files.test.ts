import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendMail } from "../server/alert/send/mail-sender.ts";
import { BOUNDS } from "../server/bounds.ts";
import { readSmallFile } from "../server/forward/small-file.ts";
import { readSmallFile as readStatsFile } from "../server/haproxy/small-file.ts";
import { ScopedFiles } from "../server/scoped-files.ts";
import { readDatabaseUrl } from "../server/store/store-place.ts";
import { FakeClock } from "./support/fake-clock.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-files-"));
  execFileSync("mkfifo", [join(folder, "fifo")]);
});
afterAll(() => rm(folder, { recursive: true }));

const READERS: readonly [what: string, read: (path: string) => Promise<unknown>][] = [
  ["the token of a hub", readSmallFile],
  ["the URL of the database", (path) => readDatabaseUrl({ kind: "file", path })],
  ["the authorities of a mail server", readMailCa],
  ["a password for the stats", (path) => readStatsFile(path, "password-file", new ScopedFiles())],
];

async function readMailCa(caFile: string): Promise<void> {
  const smtp = { host: "127.0.0.1", port: 1, tls: "implicit" as const, caFile };
  const message = { from: "a@b.example", to: ["a@b.example"], subject: "", text: "" };
  const transport = { smtp, username: null, password: null, from: "a@b.example", to: ["a@b.example"] };
  const outcome = await sendMail(message as never, transport as never, { clock: new FakeClock(), timeoutMs: 1_000 });
  throw new Error(JSON.stringify(outcome));
}

test.each(READERS)("a FIFO or an endless device in place of %s is refused at once", async (_what, read) => {
  await expect(read(join(folder, "fifo"))).rejects.toThrow("it is not a regular file");
  await expect(read("/dev/zero")).rejects.toThrow("it is not a regular file");
});

test.each(READERS)("a file in place of %s is read up to a limit", async (_what, read) => {
  const file = join(folder, "large");
  await writeFile(file, Buffer.alloc(BOUNDS.statsFileMaxBytes + 1, "a"));
  await expect(read(file)).rejects.toThrow(/it is larger than \d+ bytes/);
});
