import { setImmediate as nextTurn } from "node:timers/promises";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { ServerStatus } from "../contract/status.ts";

const COMMA = Buffer.from(",");

/** A message or an answer with a list of servers among its members. */
export interface WithServers {
  readonly servers: readonly ServerStatus[];
}

/**
 * JSON of messages, put together from the JSON of their rows, which is made once for each row and lives as long as the
 * row does. What is large in a message are its rows, and from one message to the next few of them are others.
 */
export interface RowBytes {
  /** The message as JSON in UTF-8, byte for byte what `JSON.stringify` gives. */
  join(message: WithServers): Buffer<ArrayBuffer>;
  /** Makes what is missing of these rows; gives the loop back every `renderSliceMs`. */
  prepare(rows: readonly ServerStatus[]): Promise<void>;
}

export function createRowBytes(clock: Clock): RowBytes {
  const known = new WeakMap<ServerStatus, Buffer>();

  function ofRow(row: ServerStatus): Buffer {
    const made = known.get(row) ?? Buffer.from(JSON.stringify(row));
    known.set(row, made);
    return made;
  }

  return {
    join(message) {
      const { head, tail } = aroundRows(message);
      const parts: Buffer[] = [head];
      for (const row of message.servers) {
        if (parts.length > 1) parts.push(COMMA);
        parts.push(ofRow(row));
      }
      parts.push(tail);
      return Buffer.concat(parts);
    },
    async prepare(rows) {
      let sliceEnd = clock.now() + BOUNDS.renderSliceMs;
      for (const row of rows) {
        if (known.has(row)) continue;
        ofRow(row);
        if (clock.now() < sliceEnd) continue;
        await nextTurn();
        sliceEnd = clock.now() + BOUNDS.renderSliceMs;
      }
    },
  };
}

/** What stands before the first row and behind the last one. */
function aroundRows(message: WithServers): { head: Buffer; tail: Buffer } {
  const members = Object.entries(message).map(([name, value]) =>
    name === "servers" ? '"servers":[' : `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  const at = members.indexOf('"servers":[');
  const before = members.slice(0, at + 1).join(",");
  const after = members.slice(at + 1).map((member) => `,${member}`);
  return { head: Buffer.from(`{${before}`), tail: Buffer.from(`]${after.join("")}}`) };
}
