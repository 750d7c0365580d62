import type * as FileSystem from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { IncomingMessage } from "node:http";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startHttpListener } from "../../server/http/http-listener.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** The permissions of each socket before they are set. */
const modesBefore = vi.hoisted(() => [] as number[]);
vi.mock("node:fs", async (importOriginal) => {
  const fs = await importOriginal<typeof FileSystem>();
  const chmodSync: typeof fs.chmodSync = (file, mode) => {
    modesBefore.push(fs.statSync(file).mode & 0o777);
    fs.chmodSync(file, mode);
  };
  return { ...fs, chmodSync };
});

const folder = mkdtempSync(join(tmpdir(), "haprobe-listen-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "haprobe.sock");
const clock = new FakeClock();
const start = (mode = 0o660) =>
  startHttpListener({ app: (_request, response) => response.end("here"), path, mode, clock });

async function read(): Promise<string> {
  const [response] = (await once(request({ socketPath: path, path: "/", agent: false }).end(), "response")) as [
    IncomingMessage,
  ];
  return text(response);
}

describe("a UNIX socket", () => {
  beforeEach(() => rmSync(path, { force: true }));

  test.each([0o660, 0o600, 0o666])("has the permissions %o, is answered, and is gone after a stop", async (mode) => {
    const listener = await start(mode);
    expect(statSync(path).mode & 0o777).toBe(mode);
    expect(listener.address).toEqual({ host: "", port: 0, socketPath: path });
    expect(await read()).toBe("here");
    await listener.close(0);
    expect(existsSync(path)).toBe(false);
  });

  test("is for its owner alone until they are set", async () => {
    modesBefore.length = 0;
    const listener = await start(0o666);
    await listener.close(0);
    expect(modesBefore.map((mode) => mode & 0o077)).toEqual([0]);
  });

  test("that a killed process left is replaced", async () => {
    const program = `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
    const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "ignore"] });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "close");
    expect(lstatSync(path).isSocket()).toBe(true);
    const listener = await start();
    expect(await read()).toBe("here");
    await listener.close(0);
  });

  test("on which another process answers is left to it", async () => {
    const first = await start();
    await expect(start()).rejects.toMatchObject({
      code: "HAPROBE_LISTEN_FAILED",
      message: `cannot listen on unix:${path}: another program listens there`,
    });
    expect(await read()).toBe("here");
    await first.close(0);
  });

  test.each([
    ["a regular file", () => writeFileSync(path, "precious")],
    ["a link", () => symlinkSync(join(folder, "nowhere"), path)],
  ])("is not made in place of %s", async (_what, create) => {
    create();
    await expect(start()).rejects.toThrow("there is a file that is no socket, which is left as it is");
    expect(lstatSync(path).isSocket()).toBe(false);
    if (lstatSync(path).isFile()) expect(readFileSync(path, "utf8")).toBe("precious");
  });

  test("in a folder that does not exist is an error with the path", async () => {
    const missing = startHttpListener({ app: () => {}, path: join(folder, "no", "a.sock"), clock });
    await expect(missing).rejects.toMatchObject({ code: "HAPROBE_LISTEN_FAILED" });
  });
});
