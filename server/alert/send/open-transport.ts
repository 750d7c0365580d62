import { open } from "node:fs/promises";
import { constants } from "node:fs";
import { BOUNDS } from "../../bounds.ts";
import type { ChannelTransport, Secret } from "../../contract/alert-settings.ts";
import type { OpenTransport } from "../channels/channel.ts";

/** The settings of a channel with its secrets read, for one attempt: a file that was replaced counts at once. Rejects with the name of a file that cannot be read. */
export async function openTransport(transport: ChannelTransport): Promise<OpenTransport<ChannelTransport>> {
  const entries = Object.entries(transport).map(async ([key, value]: [string, unknown]) => [
    key,
    await openValue(value),
  ]);
  return Object.fromEntries(await Promise.all(entries)) as OpenTransport<ChannelTransport>;
}

/** The text of a secret; of a file its first line. */
export async function openSecret(secret: Secret): Promise<string> {
  if (secret.kind === "text") return secret.text;
  const text = await readBounded(secret.path);
  const [line = ""] = text.trim().split(/\r?\n/);
  if (line === "") throw new Error(`${secret.path} is empty`);
  return line;
}

async function openValue(value: unknown): Promise<unknown> {
  if (isSecret(value)) return openSecret(value);
  return Array.isArray(value) && value.some(isSecret) ? Promise.all(value.map(openValue)) : value;
}

function isSecret(value: unknown): value is Secret {
  if (typeof value !== "object" || value === null) return false;
  const { kind } = value as { kind?: unknown };
  return kind === "text" || kind === "file";
}

async function readBounded(path: string): Promise<string> {
  try {
    // Non-blocking, because a FIFO would block a thread of the pool.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const buffer = Buffer.alloc(BOUNDS.alertSecretBytes);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Error(`${path} cannot be read (${code})`, { cause: error });
  }
}
