import { serverKey } from "../contract/server-key.ts";
import type { InstanceEntry } from "./instance-entry.ts";
import type { ServerEntry } from "./server-entry.ts";

/** HAProxy refuses loops at its start; the bound is for what it might say of a chain that changes while we read it. */
const CHAIN_AT_MOST = 16;

/** The server whose check decides: the server itself, or the end of its `track` chain; null where that is not known. */
export function endOfTrack(instance: InstanceEntry, server: ServerEntry): ServerEntry | null {
  let end: ServerEntry = server;
  for (let hop = 0; hop < CHAIN_AT_MOST; hop += 1) {
    const { tracked } = end.view;
    if (tracked === null) return end;
    const slash = tracked.lastIndexOf("/");
    const next = instance.servers.get(
      serverKey(instance.settings.name, tracked.slice(0, slash), tracked.slice(slash + 1)),
    );
    if (next === undefined) return null;
    end = next;
  }
  return null;
}
