import { isLoopbackHost } from "../contract/listen.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { ConfigWarning, EntryLocation } from "./config-file.ts";
import type { ConfigIo } from "./find-config-file.ts";
import { pathText } from "./issues.ts";

/** An instance, and the location of its entry. */
export interface LocatedInstance {
  readonly at: EntryLocation;
  readonly settings: InstanceSettings;
}

/** Finds HAProxies that are polled twice, passwords that are sent in plain text, and socket paths that are no sockets. */
export function findInstanceWarnings(instances: readonly LocatedInstance[], io: ConfigIo): ConfigWarning[] {
  return [...duplicateStats(instances), ...plaintextPasswords(instances), ...wrongSockets(instances, io)];
}

function wrongSockets(instances: readonly LocatedInstance[], { statusOf }: ConfigIo): ConfigWarning[] {
  return instances.flatMap(({ at, settings: { stats } }) => {
    const status = stats.kind === "unix" || stats.kind === "unix-master" ? statusOf?.(stats.path) : null;
    if (!status || status.isSocket) return [];
    const message = `is ${status.isFolder ? "a folder" : "a file that is no socket"}; expected the socket of HAProxy`;
    return [{ at, path: [...at.path, "stats"], message }];
  });
}

function duplicateStats(instances: readonly LocatedInstance[]): ConfigWarning[] {
  const first = new Map<string, LocatedInstance>();
  return instances.flatMap((instance) => {
    const { at, settings } = instance;
    const same = first.get(settings.statsText);
    if (same === undefined) {
      first.set(settings.statsText, instance);
      return [];
    }
    const name = same.at.filePath === at.filePath ? pathText(same.at.path) : same.settings.name;
    return [{ at, path: [...at.path, "stats"], message: `is the same as that of ${name}: each server shows twice` }];
  });
}

function plaintextPasswords(instances: readonly LocatedInstance[]): ConfigWarning[] {
  return instances.flatMap(({ at, settings: { stats } }) => {
    if (stats.kind !== "page" || stats.tls !== null || stats.login === null || isLoopbackHost(stats.host)) return [];
    const message = "sends its password over plain http, where it can be read on the way; use https";
    return [{ at, path: [...at.path, "stats"], message }];
  });
}
