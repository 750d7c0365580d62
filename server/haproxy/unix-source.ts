import { stat } from "node:fs/promises";
import type { StatsAddress } from "../contract/settings.ts";
import { HaprobeError } from "../errors.ts";
import { type CliRequest, sendCliRequest } from "./cli-request.ts";
import { buildCommandLine } from "./runtime-api-commands.ts";
import { dialUnix } from "./dial.ts";
import type { RequestLimits, StatsResponse, StatsSource } from "./stats-source.ts";

/** Bytes of sun_path after the zero that begins an abstract address. */
const ABSTRACT_NAME_BYTES = 107;

/** The Runtime API over its UNIX socket; each request connects anew, since a reload replaces the file. */
export function createUnixSource({ path }: Extract<StatsAddress, { kind: "unix" }>): StatsSource {
  return {
    addressesFrom: "in-state",
    fetch: (request, limits) => sendUnixCliRequest(path, { line: buildCommandLine(request) }, limits),
  };
}

/** The Runtime API over a socket in Linux' abstract namespace (`stats socket abns@NAME`). */
export function createAbstractSource({ name }: Extract<StatsAddress, { kind: "abns" }>): StatsSource {
  // HAProxy binds all bytes of the address, padded with zeros.
  const path = `\0${name.padEnd(ABSTRACT_NAME_BYTES, "\0")}`;
  return {
    addressesFrom: "in-state",
    fetch: (request, limits) =>
      sendCliRequest({ dial: () => dialUnix(path), line: buildCommandLine(request), peer: `abns@${name}` }, limits),
  };
}

/** Sends a request to a socket file; the error for a path that is no socket names what it is. */
export async function sendUnixCliRequest(
  path: string,
  request: Omit<CliRequest, "dial" | "peer">,
  limits: RequestLimits,
): Promise<StatsResponse> {
  try {
    return await sendCliRequest({ ...request, dial: () => dialUnix(path), peer: path }, limits);
  } catch (error) {
    if (error instanceof HaprobeError && error.code === "HAPROBE_STATS_REFUSED") await throwIfNoSocket(path, error);
    throw error;
  }
}

/** The kernel refuses a connection to any file that is no socket. */
async function throwIfNoSocket(path: string, cause: HaprobeError): Promise<void> {
  const file = await stat(path).catch(() => null);
  if (file === null || file.isSocket()) return;
  const what = file.isDirectory() ? "it is a directory" : "it is a file";
  throw new HaprobeError("HAPROBE_STATS_SOCKET_MISSING", `${path}: ${what}, not a socket`, { cause });
}
