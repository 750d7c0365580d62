import type { SnapshotMessage } from "../contract/status.ts";
import type { ListForm, RenderListBody } from "./list-body.ts";

/** The body of the unfiltered list. */
export type SharedListBody = (snapshot: SnapshotMessage, form: ListForm) => Promise<Uint8Array>;

/** Renders each snapshot once in each form, and keeps the body for the lifetime of the snapshot. */
export function createListCache(render: RenderListBody): SharedListBody {
  const bodies = new WeakMap<SnapshotMessage, Map<ListForm, Promise<Uint8Array>>>();
  return (snapshot, form) => {
    const known = bodies.get(snapshot) ?? new Map<ListForm, Promise<Uint8Array>>();
    bodies.set(snapshot, known);
    const body = known.get(form) ?? render({ ...snapshot, next: null }, form);
    known.set(form, body);
    return body;
  };
}
