import type { InstanceName } from "../contract/server-key.ts";
import type { Settings } from "../contract/settings.ts";

type Configured = Pick<Settings, "instances" | "discoveries">;

/** The label `team` of each instance, also of those that DNS names. */
export class InstanceTeams {
  #named: ReadonlyMap<InstanceName, string | null> = new Map();
  #discoveries: Configured["discoveries"] = [];

  constructor(settings: Configured) {
    this.configure(settings);
  }

  configure({ instances, discoveries }: Configured): void {
    this.#named = new Map(instances.map(({ name, labels }) => [name, labels["team"] ?? null]));
    this.#discoveries = discoveries;
  }

  /** Null for an instance without the label, and for one that is not of this configuration. */
  teamOf(instance: InstanceName): string | null {
    const team = this.#named.get(instance);
    if (team !== undefined) return team;
    return this.#discoveries.find(({ name }) => instance.startsWith(`${name}-`))?.template.labels["team"] ?? null;
  }
}
