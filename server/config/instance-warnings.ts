import type { InstanceSettings } from "../contract/settings.ts";
import type { ConfigWarning, EntryLocation } from "./config-file.ts";
import { pathText } from "./issues.ts";

/** An instance, and where its entry stands. */
export interface LocatedInstance {
  readonly at: EntryLocation;
  readonly settings: InstanceSettings;
}

/** Looks for HAProxies that are asked twice, and for passwords that everybody on the way can read. */
export function findInstanceWarnings(instances: readonly LocatedInstance[]): ConfigWarning[] {
  return [...duplicateStats(instances), ...plaintextPasswords(instances)];
}

function duplicateStats(instances: readonly LocatedInstance[]): ConfigWarning[] {
  const first = new Map<string, LocatedInstance>();
  return instances.flatMap((instance) => {
    const { at, settings } = instance;
    const twin = first.get(settings.statsText);
    if (twin === undefined) {
      first.set(settings.statsText, instance);
      return [];
    }
    const name = twin.at.filePath === at.filePath ? pathText(twin.at.path) : twin.settings.name;
    return [{ at, path: [...at.path, "stats"], message: `is the same as that of ${name}: each server shows twice` }];
  });
}

function plaintextPasswords(instances: readonly LocatedInstance[]): ConfigWarning[] {
  return instances.flatMap(({ at, settings: { stats } }) => {
    if (stats.kind !== "page" || stats.tls !== null || stats.login === null || isLoopback(stats.host)) return [];
    const message = "sends its password over plain http, where everybody on the way can read it; https keeps it";
    return [{ at, path: [...at.path, "stats"], message }];
  });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
