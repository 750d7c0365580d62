import { type Finding, findingId } from "../contract/finding.ts";
import type { LiveState, StateChange } from "../contract/ports.ts";
import { type ServerKey, serverKey, splitServerKey } from "../contract/server-key.ts";
import type { InstanceStatus, ServerStatus } from "../contract/status.ts";

/** What the hub's own vantage sees, with the names of the pages: an instance of a name of several sites has its site behind it. */
export class OwnView implements Pick<LiveState, "server" | "keys" | "instances" | "findings"> {
  readonly #local: LiveState;
  /** Names on the pages by own names that differ from them, and the other way round. */
  #shown: ReadonlyMap<string, string> = new Map();
  #own: ReadonlyMap<string, string> = new Map();

  constructor(local: LiveState) {
    this.#local = local;
  }

  /** Takes the names of the pages; returns the keys and instances that come and go with them. */
  rename(nameOf: (site: string, instance: string) => string): readonly StateChange[] {
    const names = this.#local.instances().map(({ site, name }) => [name, nameOf(site, name)] as const);
    const next = new Map(names.filter(([own, shown]) => own !== shown));
    const isSame = next.size === this.#shown.size && [...next].every(([own, shown]) => this.#shown.get(own) === shown);
    if (isSame) return [];
    const changed = new Set([...this.#shown.keys(), ...next.keys()]);
    const before = this.#listChanges(changed, true);
    this.#shown = next;
    this.#own = new Map([...next].map(([own, shown]) => [shown, own]));
    return [...before, ...this.#listChanges(changed, false)];
  }

  server(key: ServerKey): ServerStatus | null {
    if (this.#shown.size === 0) return this.#local.server(key);
    const names = splitServerKey(key);
    if (names === null || this.#shown.has(names.instance)) return null;
    const own = this.#own.get(names.instance);
    if (own === undefined) return this.#local.server(key);
    const status = this.#local.server(serverKey(own, names.backend, names.server));
    return status === null ? null : { ...status, key, instance: names.instance };
  }

  *keys(): IterableIterator<ServerKey> {
    for (const key of this.#local.keys()) yield this.#shownKey(key);
  }

  instances(): readonly InstanceStatus[] {
    if (this.#shown.size === 0) return this.#local.instances();
    return this.#local.instances().map((instance) => ({ ...instance, name: this.#shownName(instance.name) }));
  }

  findings(): readonly Finding[] {
    if (this.#shown.size === 0) return this.#local.findings();
    return this.#local.findings().map((finding) => {
      if (finding.subject.instance === null) return finding;
      const subject = { ...finding.subject, instance: this.#shownName(finding.subject.instance) };
      return { ...finding, subject, id: findingId({ code: finding.code, subject }) };
    });
  }

  /** The change with the names of the pages. */
  toShown(change: StateChange): StateChange {
    return "key" in change
      ? { ...change, key: this.#shownKey(change.key) }
      : { ...change, instance: this.#shownName(change.instance) };
  }

  #listChanges(instances: ReadonlySet<string>, isRemoved: boolean): StateChange[] {
    const kind = isRemoved ? "server-removed" : "server";
    const keys = [...this.#local.keys()].filter((key) => instances.has(splitServerKey(key)?.instance ?? ""));
    return [
      ...keys.map((key) => ({ kind, key: this.#shownKey(key) }) as const),
      ...[...instances].map((name) => {
        return { kind: isRemoved ? "instance-removed" : "instance", instance: this.#shownName(name) } as const;
      }),
    ];
  }

  #shownName(instance: string): string {
    return this.#shown.get(instance) ?? instance;
  }

  #shownKey(key: ServerKey): ServerKey {
    if (this.#shown.size === 0) return key;
    const names = splitServerKey(key);
    return names === null ? key : serverKey(this.#shownName(names.instance), names.backend, names.server);
  }
}
