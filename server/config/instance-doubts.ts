import type { InstanceSettings } from "../contract/settings.ts";
import type { Path } from "./document.ts";
import type { EntryPlace } from "./haproxy-entries.ts";

/** An instance, and where its entry stands. */
export interface PlacedInstance {
  readonly at: EntryPlace;
  readonly settings: InstanceSettings;
}

/** Something that is allowed and probably not meant. */
export interface InstanceDoubt {
  readonly at: EntryPlace;
  readonly path: Path;
  readonly message: string;
}

/** Looks for HAProxies that are asked twice, and for passwords that everybody on the way can read. */
export function instanceDoubts(instances: readonly PlacedInstance[]): InstanceDoubt[] {
  return [...askedTwice(instances), ...readable(instances)];
}

function askedTwice(instances: readonly PlacedInstance[]): InstanceDoubt[] {
  return instances.flatMap(({ at, settings }, index) => {
    const twin = instances.findIndex((each) => each.settings.statsText === settings.statsText);
    if (twin === index) return [];
    const place = instances[twin]?.at;
    const name = place?.file === at.file ? `haproxy[${String(place.path[1])}]` : instances[twin]?.settings.name;
    return [{ at, path: [...at.path, "stats"], message: `is the same as that of ${name}: each server shows twice` }];
  });
}

function readable(instances: readonly PlacedInstance[]): InstanceDoubt[] {
  return instances.flatMap(({ at, settings: { stats } }) => {
    if (stats.kind !== "page" || stats.tls !== null || stats.login === null || isLoopback(stats.host)) return [];
    const message = "sends its password over plain http, where everybody on the way can read it; https keeps it";
    return [{ at, path: [...at.path, "stats"], message }];
  });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
