import type { PublishedState } from "../contract/ports.ts";
import type { SnapshotMessage } from "../contract/status.ts";
import { type Encoding, encode } from "./compression.ts";

/** The unfiltered list as bytes, made once for each `seq` and encoding, however many ask. */
export interface SharedList {
  plain(snapshot: SnapshotMessage): Buffer;
  encoded(snapshot: SnapshotMessage, encoding: Encoding): Promise<Buffer>;
}

/** Keeps the bytes as long as `published` keeps the snapshot that they were made of. */
export function createSharedList(published: PublishedState): SharedList {
  const bodies = new WeakMap<SnapshotMessage, { plain: Buffer; encoded: Map<Encoding, Promise<Buffer>> }>();

  function bodyOf(snapshot: SnapshotMessage): { plain: Buffer; encoded: Map<Encoding, Promise<Buffer>> } {
    const known = bodies.get(snapshot);
    if (known !== undefined) return known;
    // The stream's own text, which is shared already, with `next` as its last member.
    const made = { plain: Buffer.from(`${published.json(snapshot).slice(0, -1)},"next":null}`), encoded: new Map() };
    bodies.set(snapshot, made);
    return made;
  }

  return {
    plain: (snapshot) => bodyOf(snapshot).plain,
    encoded(snapshot, encoding) {
      const body = bodyOf(snapshot);
      const known = body.encoded.get(encoding) ?? encode(body.plain, encoding);
      body.encoded.set(encoding, known);
      return known;
    },
  };
}
