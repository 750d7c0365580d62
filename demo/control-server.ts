import { unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { type ControlCommand, parseCommand } from "./command.ts";
import { sendCommand } from "./control-client.ts";
import { CONTROL, type ControlReply } from "./control-protocol.ts";
import { DemoError } from "./demo-error.ts";

/** Receives commands of other terminals until it is closed. */
export interface ControlServer {
  close(): Promise<void>;
}

/**
 * Listens on the socket, which also prevents a second demo: throws DemoError if one runs. The stale socket of a killed
 * demo is replaced.
 */
export async function startControlServer(
  path: string,
  handle: (command: ControlCommand) => Promise<string>,
): Promise<ControlServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.setTimeout(CONTROL.deadlineMs, () => socket.destroy());
    if (sockets.size > CONTROL.clientsMax) return void socket.destroy();
    let line = "";
    let answered = false;
    socket.setEncoding("utf8").on("data", (text: string) => {
      line += text;
      if (line.length > CONTROL.lineChars) return void socket.destroy();
      if (answered || !line.includes("\n")) return;
      answered = true;
      void answer(line, handle).then((reply) => socket.end(`${JSON.stringify(reply)}\n`));
    });
  });
  server.maxConnections = CONTROL.clientsMax;

  if (!(await listen(server, path))) {
    const running = await sendCommand(path, ["status"]).catch(() => null);
    if (running !== null) throw new DemoError(`A demo is running already.\n\n${running.text}`);
    unlinkSync(path);
    if (!(await listen(server, path))) throw new DemoError("Another demo is starting.");
  }
  return {
    close: () =>
      new Promise((resolve) => {
        // Closing also removes the socket's file.
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function answer(line: string, handle: (command: ControlCommand) => Promise<string>): Promise<ControlReply> {
  try {
    const command = parseCommand(parseWords(line));
    if (command.kind === "wrong") return { ok: false, text: command.message };
    if (command.kind === "start" || command.kind === "help") return { ok: false, text: "a demo is running already" };
    return { ok: true, text: await handle(command) };
  } catch (error) {
    return { ok: false, text: error instanceof Error ? error.message : String(error) };
  }
}

function parseWords(line: string): readonly string[] {
  const words: unknown = JSON.parse(line);
  if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words;
  throw new DemoError("a command is a list of words");
}

/** False if the socket exists already. */
function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      error.code === "EADDRINUSE" ? resolve(false) : reject(error);
    server.once("error", failed);
    server.listen(path, () => {
      server.off("error", failed);
      resolve(true);
    });
  });
}
