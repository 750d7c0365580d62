import type { SnapshotMessage } from "../contract/status.ts";
import { type Encoding, encode } from "./compression.ts";
import type { ListForm, RenderListBody } from "./list-body.ts";

/** Bodies of the unfiltered list, one for each snapshot, form and encoding. */
export interface ListCache {
  body(snapshot: SnapshotMessage, form: ListForm): Promise<Uint8Array>;
  encodedBody(snapshot: SnapshotMessage, form: ListForm, encoding: Encoding): Promise<Uint8Array>;
}

/** Keeps each body for the lifetime of its snapshot. */
export function createListCache(make: RenderListBody): ListCache {
  const bodies = new WeakMap<SnapshotMessage, Map<string, Promise<Uint8Array>>>();

  function once(snapshot: SnapshotMessage, name: string, body: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = bodies.get(snapshot) ?? new Map<string, Promise<Uint8Array>>();
    bodies.set(snapshot, known);
    const made = known.get(name) ?? body();
    known.set(name, made);
    return made;
  }

  const plain: ListCache["body"] = (snapshot, form) =>
    once(snapshot, form, () => make({ ...snapshot, next: null }, form));

  return {
    body: plain,
    encodedBody: (snapshot, form, encoding) =>
      once(snapshot, `${form} ${encoding}`, async () => encode(await plain(snapshot, form), encoding)),
  };
}
