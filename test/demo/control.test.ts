import { once } from "node:events";
import { chmod, link, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ControlCommand } from "../../demo/command.ts";
import { sendCommand } from "../../demo/control-client.ts";
import { type ControlServer, startControlServer } from "../../demo/control-server.ts";
import {
  controlSocket,
  makeRunFolder,
  openRuntimeFolder,
  removeRuntimeFolder,
  runtimeFolder,
} from "../../demo/runtime-folder.ts";

let folder = "";
let path = "";
const open: ControlServer[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hd-"));
  path = controlSocket(folder);
});
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function control(handle: (command: ControlCommand) => Promise<string> = async ({ kind }) => kind): Promise<void> {
  open.push(await startControlServer(path, handle));
}

/** Sends raw bytes and resolves with the answer when the other side closes. */
async function sendRaw(bytes: string): Promise<string> {
  const socket = connect(path);
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  socket.on("error", () => {});
  socket.write(bytes);
  await once(socket, "close");
  return text;
}

describe("the control socket", () => {
  test("forwards a command and returns its answer", async () => {
    const seen: ControlCommand[] = [];
    await control(async (command) => {
      seen.push(command);
      return "done";
    });
    expect(await sendCommand(path, ["break", "cp-1", "hang"])).toEqual({ ok: true, text: "done" });
    expect(seen).toEqual([{ kind: "break", server: "cp-1", fault: "hang" }]);
  });

  test("answers an unknown command with the known ones, and a failure with its message", async () => {
    await control(() => Promise.reject(new Error("the port was taken")));
    expect(await sendCommand(path, ["break", "cp-9", "etcd"])).toEqual({
      ok: false,
      text: 'there is no server "cp-9". Did you mean cp-1? It is one of cp-1, cp-2, cp-3',
    });
    expect(await sendCommand(path, ["--story"])).toMatchObject({ ok: false });
    expect(await sendCommand(path, ["heal"])).toEqual({ ok: false, text: "the port was taken" });
  });

  test.each(["{}\n", '"heal"\n', "[1]\n", "no JSON\n"])("refuses %j and stays open", async (line) => {
    await control();
    expect(JSON.parse(await sendRaw(line))).toMatchObject({ ok: false });
    expect(await sendCommand(path, ["status"])).toEqual({ ok: true, text: "status" });
  });

  test("closes a connection whose line does not end", async () => {
    await control();
    expect(await sendRaw("x".repeat(5_000))).toBe("");
    expect(await sendCommand(path, ["status"])).toEqual({ ok: true, text: "status" });
  });

  test("refuses a second demo with the address of the first", async () => {
    await control(async () => "page  http://127.0.0.1:8405");
    await expect(control()).rejects.toThrow("A demo is running already.\n\npage  http://127.0.0.1:8405");
  });

  test("replaces the socket of a killed demo", async () => {
    const dead = createServer().listen(path);
    await once(dead, "listening");
    // Closing removes the file; after a kill -9 it would remain.
    await link(path, `${path}.kept`);
    dead.close();
    await once(dead, "close");
    await rename(`${path}.kept`, path);
    await expect(sendCommand(path, ["status"])).rejects.toThrow("No demo is running");
    await control();
    expect((await sendCommand(path, ["status"])).ok).toBe(true);
  });

  test("is gone once it is closed", async () => {
    await control();
    for (const server of open.splice(0)) await server.close();
    expect(await readdir(folder)).toEqual([]);
    await expect(sendCommand(path, ["status"])).rejects.toThrow("npm run demo");
  });

  test("a demo that ends before it answers is reported as ended", async () => {
    const rude = createServer((socket) => void socket.destroy()).listen(path);
    await once(rude, "listening");
    await expect(sendCommand(path, ["status"])).rejects.toThrow("ended before it answered");
    rude.close();
  });
});

describe("the folder of the demo", () => {
  test("is the one of the environment, else one of this user", () => {
    expect(runtimeFolder({ HAPROBE_DEMO_DIR: "/x/y" })).toBe("/x/y");
    expect(runtimeFolder({})).toBe(join(tmpdir(), `haprobe-demo-${process.getuid?.()}`));
  });

  test("is created for its user only, and removed when empty", async () => {
    const inner = join(folder, "demo");
    openRuntimeFolder(inner);
    openRuntimeFolder(inner);
    removeRuntimeFolder(inner);
    removeRuntimeFolder(inner);
    expect(await readdir(folder)).toEqual([]);
  });

  test("is refused where others may write, and where it is a link", async () => {
    const [wide, other] = [join(folder, "wide"), join(folder, "link")];
    await mkdir(wide);
    await chmod(wide, 0o755);
    await symlink(folder, other);
    expect(() => openRuntimeFolder(wide)).toThrow("is not a folder that only you can open");
    expect(() => openRuntimeFolder(other)).toThrow("is not a folder that only you can open");
  });

  test("is refused where the names of sockets in it would be too long", () => {
    expect(() => openRuntimeFolder(join(folder, "x".repeat(80)))).toThrow("HAPROBE_DEMO_DIR");
  });

  test("loses the folders of killed runs, and nothing else", async () => {
    await mkdir(join(folder, "haprobe-run-dead"));
    await writeFile(join(folder, "haprobe-run-dead", "token"), "x");
    await writeFile(join(folder, "mine"), "x");
    const run = makeRunFolder(folder);
    expect((await readdir(folder)).map((name) => join(folder, name)).toSorted()).toEqual(
      [run, join(folder, "mine")].toSorted(),
    );
    removeRuntimeFolder(folder);
    expect(await readdir(folder)).toHaveLength(2);
  });
});
