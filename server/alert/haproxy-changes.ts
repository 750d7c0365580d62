import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { MonitorEvent, VerdictChanged } from "../contract/event.ts";
import type { Notice } from "../contract/notification.ts";
import type { LiveState } from "../contract/ports.ts";
import type { ServerKey } from "../contract/server-key.ts";
import { forEachInSlices } from "../slices.ts";
import type { NoticeDraft } from "./notices.ts";

interface SeenServer extends Pick<VerdictChanged, "site" | "instance" | "backend" | "server"> {
  readonly status: string;
  readonly since: number;
}

/** What HAProxy itself changes: servers that it takes DOWN, and backends with one server left. Nothing is kept while neither is wanted. */
export class HaproxyChanges {
  readonly #wanted: (notice: Notice) => boolean;
  readonly #servers = new Map<ServerKey, SeenServer>();

  constructor(wanted: (notice: Notice) => boolean) {
    this.#wanted = wanted;
  }

  apply(event: MonitorEvent): void {
    if (event.type === "server-removed") this.#servers.delete(event.key);
    if (event.type === "verdict-changed" && this.isWanted) this.#see(event, event.to.haproxyStatus, event.at);
  }

  /** True where one of the notices that follow from HAProxy's own changes is switched on. */
  get isWanted(): boolean {
    return this.#wanted("server-down") || this.#wanted("backend-last-server");
  }

  /** Reads every server, once the configuration begins to want it: no event reports what HAProxy changed before. */
  async read(live: Pick<LiveState, "keys" | "server">, clock: Clock): Promise<void> {
    await forEachInSlices(clock, BOUNDS.sliceMs, live.keys(), (key) => {
      const server = live.server(key);
      if (server === null || this.#servers.has(key)) return;
      const { status, changedSecondsAgo } = server.haproxy;
      this.#see(server, status, Math.round(clock.wall()) - (changedSecondsAgo ?? 0) * 1_000);
    });
  }

  /** Nothing of it is wanted any more. */
  clear(): void {
    this.#servers.clear();
  }

  #see(
    { key, site, instance, backend, server }: Omit<SeenServer, "status" | "since"> & { readonly key: ServerKey },
    status: string,
    at: number,
  ): void {
    const before = this.#servers.get(key);
    if (before?.status === status || (before === undefined && this.#servers.size >= BOUNDS.serversMax)) return;
    const since = before !== undefined && isDown(before.status) === isDown(status) ? before.since : at;
    this.#servers.set(key, { site, instance, backend, server, status, since });
  }

  /** The notices that hold now. */
  drafts(): readonly NoticeDraft[] {
    const drafts: NoticeDraft[] = [];
    const backends = new Map<
      string,
      { readonly first: SeenServer; count: number; usable: SeenServer[]; since: number }
    >();
    for (const seen of this.#servers.values()) {
      const { site, instance, backend, server, status, since } = seen;
      if (isDown(status) && this.#wanted("server-down")) {
        const sentence = `HAProxy ${instance} has ${server} of ${backend} ${status}`;
        drafts.push({ name: "server-down", site, instance, backend, server, sentence, advice: "", since });
      }
      const key = `${instance}/${backend}`;
      const group = backends.get(key) ?? { first: seen, count: 0, usable: [], since: 0 };
      group.count += 1;
      group.since = Math.max(group.since, since);
      if (isUsable(status)) group.usable.push(seen);
      backends.set(key, group);
    }
    if (!this.#wanted("backend-last-server")) return drafts;
    for (const { first, count, usable, since } of backends.values()) {
      const [last, another] = usable;
      if (count < 2 || last === undefined || another !== undefined) continue;
      const { site, instance, backend } = first;
      const sentence = `${last.server} is the last of ${count} servers of ${backend} that HAProxy ${instance} has UP`;
      drafts.push({ name: "backend-last-server", site, instance, backend, server: null, sentence, advice: "", since });
    }
    return drafts;
  }
}

function isDown(status: string): boolean {
  return status.startsWith("DOWN");
}

function isUsable(status: string): boolean {
  return status.startsWith("UP") || status === "no check";
}
