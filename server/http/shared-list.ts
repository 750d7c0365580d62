import type { PublishedState } from "../contract/ports.ts";
import type { SnapshotMessage } from "../contract/status.ts";
import { type Encoding, encode } from "./compression.ts";

/** The unfiltered list as bytes, made once for each `seq` and encoding, however many ask. */
export interface SharedList {
  plain(snapshot: SnapshotMessage): Uint8Array;
  encoded(snapshot: SnapshotMessage, encoding: Encoding): Promise<Uint8Array>;
}

interface Body {
  readonly plain: Uint8Array;
  readonly encoded: Map<Encoding, Promise<Uint8Array>>;
}

/** Keeps the bytes as long as `published` keeps the snapshot that they were made of. */
export function createSharedList(published: PublishedState): SharedList {
  const bodies = new WeakMap<SnapshotMessage, Body>();

  function bodyOf(snapshot: SnapshotMessage): Body {
    const known = bodies.get(snapshot);
    if (known !== undefined) return known;
    const list = { ...snapshot, next: null };
    const made: Body = { plain: published.bytes(list), encoded: new Map() };
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
