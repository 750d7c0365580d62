import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { ServerStatus } from "../contract/status.ts";
import { forEachInSlices } from "../slices.ts";

const COMMA = ",".charCodeAt(0);

/** A message or response with a list of servers. */
export interface ServersMessage {
  readonly servers: readonly ServerStatus[];
}

/** Renders messages from the JSON of their rows, which is made once and kept for the lifetime of the row. */
export interface RowJsonCache {
  /** The message as JSON in UTF-8, byte for byte the output of `JSON.stringify`. */
  renderMessage(message: ServersMessage): Buffer<ArrayBuffer>;
  /** Renders the rows that are not cached; yields to the event loop every `sliceMs`. */
  prepare(rows: readonly ServerStatus[]): Promise<void>;
}

export function createRowJsonCache(clock: Clock): RowJsonCache {
  const known = new WeakMap<ServerStatus, Uint8Array>();
  // Buffer.from allocates small texts from a shared slab, which one long-lived row would retain.
  const encoder = new TextEncoder();

  function ofRow(row: ServerStatus): Uint8Array {
    const made = known.get(row) ?? encoder.encode(JSON.stringify(row));
    known.set(row, made);
    return made;
  }

  return {
    renderMessage(message) {
      const { head, tail } = renderAroundRows(message);
      const rows = message.servers.map(ofRow);
      const commas = Math.max(0, rows.length - 1);
      const length = rows.reduce((sum, row) => sum + row.length, head.length + commas + tail.length);
      // Buffer.concat takes ten times as long for ten thousand parts.
      const joined = Buffer.allocUnsafeSlow(length);
      joined.set(head, 0);
      let at = head.length;
      for (const row of rows) {
        if (at > head.length) joined[at++] = COMMA;
        joined.set(row, at);
        at += row.length;
      }
      joined.set(tail, at);
      return joined;
    },
    prepare: (rows) =>
      forEachInSlices(
        clock,
        BOUNDS.sliceMs,
        rows.filter((row) => !known.has(row)),
        ofRow,
      ),
  };
}

/** The bytes before the first row and after the last one. */
function renderAroundRows(message: ServersMessage): { head: Buffer; tail: Buffer } {
  const members = Object.entries(message).map(([name, value]) =>
    name === "servers" ? '"servers":[' : `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  const at = members.indexOf('"servers":[');
  const before = members.slice(0, at + 1).join(",");
  const after = members.slice(at + 1).map((member) => `,${member}`);
  return { head: Buffer.from(`{${before}`), tail: Buffer.from(`]${after.join("")}}`) };
}
