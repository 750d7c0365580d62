import { connect } from "node:net";
import { CONTROL, type ControlReply } from "./control-protocol.ts";
import { DemoError } from "./demo-error.ts";

/** Sends a command to the running demo and resolves with its answer. Throws DemoError if no demo runs or answers. */
export function sendCommand(path: string, words: readonly string[]): Promise<ControlReply> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(`${JSON.stringify(words)}\n`));
    let text = "";
    socket.setTimeout(CONTROL.deadlineMs, () => socket.destroy(new DemoError("The demo does not answer.")));
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.length > CONTROL.replyChars) socket.destroy(new DemoError("The demo's answer is too long."));
    });
    socket.on("error", (error: NodeJS.ErrnoException) => reject(toDemoError(error)));
    socket.on("close", () => {
      const reply = parseReply(text);
      if (reply === null) reject(new DemoError(ENDED));
      else resolve(reply);
    });
  });
}

const ENDED = "The demo ended before it answered.";

function toDemoError(error: NodeJS.ErrnoException): Error {
  switch (error.code) {
    case "ENOENT":
    case "ECONNREFUSED":
      return new DemoError("No demo is running. Start one in another terminal: npm run demo");
    case "EPIPE":
    case "ECONNRESET":
      return new DemoError(ENDED);
    default:
      return error;
  }
}

function parseReply(text: string): ControlReply | null {
  try {
    const reply = JSON.parse(text) as Partial<ControlReply> | null;
    return typeof reply?.ok === "boolean" && typeof reply.text === "string" ? { ok: reply.ok, text: reply.text } : null;
  } catch {
    return null;
  }
}
