import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { HaprobeError } from "../errors.ts";

/** Permissions of a socket before it gets its own: its owner's only. */
const OWNER_ONLY_UMASK = 0o177;

/**
 * Listens on a UNIX socket with these permission bits. A socket that a stopped process left is removed, nothing else:
 * throws HAPROBE_LISTEN_FAILED for any other file, and for a socket that is answered or cannot be tried. Closing the
 * server removes the socket.
 */
export async function bindSocket(server: Server, path: string, mode: number, clock: Clock): Promise<void> {
  await removeStaleSocket(path, clock);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(failure(path, cause.message, cause)));
    // The socket is created during the call; no other user may connect before its permissions are set.
    const before = process.umask(OWNER_ONLY_UMASK);
    try {
      server.listen({ path, backlog: BOUNDS.connectionsMax }, resolve);
    } finally {
      process.umask(before);
    }
  });
  chmodSync(path, mode);
}

async function removeStaleSocket(path: string, clock: Clock): Promise<void> {
  const found = identify(path);
  if (found === null) return;
  if (!found.isSocket) throw failure(path, "there is a file that is no socket, which is left as it is");
  const answer = await tryConnect(path, clock);
  if (answer === "answered") throw failure(path, "another program listens there");
  if (answer !== "ECONNREFUSED")
    throw failure(path, `whether the socket that is there is in use is unknown: ${answer}`);
  // Another haprobe may have replaced it meanwhile.
  if (identify(path)?.inode === found.inode) unlinkSync(path);
}

function identify(path: string): { readonly isSocket: boolean; readonly inode: string } | null {
  const status = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return status === undefined
    ? null
    : { isSocket: status.isSocket(), inode: `${status.dev}:${status.ino}:${status.ctimeNs}` };
}

/** `answered`, or the code of the error. */
function tryConnect(path: string, clock: Clock): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const finish = (answer: string): void => {
      cancel();
      socket.destroy();
      resolve(answer);
    };
    const cancel = clock.after(BOUNDS.staleSocketTimeoutMs, () => finish("ETIMEDOUT"));
    socket.once("connect", () => finish("answered"));
    socket.once("error", (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}

function failure(path: string, why: string, cause?: unknown): HaprobeError {
  return new HaprobeError("HAPROBE_LISTEN_FAILED", `cannot listen on unix:${path}: ${why}`, { cause });
}
