import { readdirSync, statSync } from "node:fs";
import { BOUNDS } from "../bounds.ts";
import { type Clock, sleep } from "../clock.ts";
import { defaultStatsAddresses } from "../config/default-stats-addresses.ts";
import type { TriedAddress } from "../contract/config-status.ts";
import { redactStatsAddress } from "../contract/redacted-stats-address.ts";
import type { StatsAddress } from "../contract/settings.ts";
import { isListening } from "./listening-port.ts";

const FOUND = "found";

/** The first default address of this machine at which there is something; null for none. */
export function findDefaultAddress(): string | null {
  return triedAddresses().find(({ result }) => result === FOUND)?.stats ?? null;
}

/** The default addresses of this machine, and what is there. Opens no connection. */
export function triedAddresses(): readonly TriedAddress[] {
  return defaultStatsAddresses(listFolder).map((address) => ({
    stats: redactStatsAddress(address),
    result: resultAt(address),
  }));
}

/** Resolves with true once there is something at a default address, with false once `signal` is aborted. */
export async function waitForDefaultAddress(clock: Clock, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (findDefaultAddress() !== null) return true;
    await sleep(clock, BOUNDS.defaultAddressesEveryMs, signal);
  }
  return false;
}

function resultAt(address: StatsAddress): string {
  if ("host" in address) return isListening(address.port) ? FOUND : "connection refused";
  if (!("path" in address)) return "not tried";
  try {
    return statSync(address.path).isSocket() ? FOUND : "not a socket";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    return code === "EACCES" ? "permission denied: haprobe's user may not enter its folder" : "no such file";
  }
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
