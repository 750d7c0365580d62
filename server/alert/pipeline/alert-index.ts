import type { AlertSituation } from "./evaluate-group.ts";
import { groupOf } from "./group-key.ts";
import type { OpenAlert } from "./open-alert.ts";

/** Finds what belongs to a group without looking at everything for each one. */
export class AlertIndex {
  readonly #byGroup = new Map<string, OpenAlert[]>();
  readonly #byId = new Map<string, OpenAlert>();

  constructor({ open, routes }: AlertSituation) {
    for (const each of open) {
      this.#byId.set(each.alert.id, each);
      for (const route of routes) {
        const group = groupOf(route, each.alert);
        const members = this.#byGroup.get(group);
        if (members === undefined) this.#byGroup.set(group, [each]);
        else members.push(each);
      }
    }
  }

  /** What is of this group (null: of none), or was sent to it. */
  candidates(group: string | null, sentIds: readonly string[]): readonly OpenAlert[] {
    const found = new Set(group === null ? [] : this.#byGroup.get(group));
    for (const id of sentIds) {
      const sent = this.#byId.get(id);
      if (sent !== undefined) found.add(sent);
    }
    return [...found];
  }
}
