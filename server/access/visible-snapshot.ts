import type { SnapshotMessage } from "../contract/status.ts";
import type { Visibility } from "./visibility.ts";

const known = new WeakMap<SnapshotMessage, Map<string, SnapshotMessage>>();

/** The part of a snapshot that a sender sees; one object for all senders who see the same, while the snapshot lives. */
export function visibleSnapshot(full: SnapshotMessage, visibility: Visibility): SnapshotMessage {
  if (visibility.key === "") return full;
  const parts = known.get(full) ?? new Map<string, SnapshotMessage>();
  known.set(full, parts);
  const part = parts.get(visibility.key) ?? cutOut(full, visibility);
  parts.set(visibility.key, part);
  return part;
}

function cutOut(full: SnapshotMessage, visibility: Visibility): SnapshotMessage {
  const servers = full.servers.filter(({ instance }) => visibility.sees(instance));
  const instances = full.instances.filter(({ name }) => visibility.sees(name));
  return {
    ...full,
    servers: servers.map((row) => visibility.server(row)),
    instances: instances.map((row) => visibility.instance(row)),
    summary: visibility.summary(full.summary, servers, instances),
  };
}
