import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { ServerStatus } from "../contract/status.ts";
import { forEachInSlices, runInSlices } from "../slices.ts";

/** Rows that are rendered, or joined, in one step: some hundred microseconds. */
const RENDER_STEP_ROWS = 20;
const JOIN_STEP_ROWS = 500;
const COMMA = ",".charCodeAt(0);

/** A message or response with a list of servers. */
export interface ServersMessage {
  readonly servers: readonly ServerStatus[];
}

/** Renders messages from the JSON of their rows, which is made once and kept for the lifetime of the row. */
export interface RowJsonCache {
  /** Renders a row, unless it is cached. */
  renderRow(row: ServerStatus): void;
  /** The message as JSON in UTF-8, byte for byte the output of `JSON.stringify`. */
  renderMessage(message: ServersMessage): Buffer<ArrayBuffer>;
  /** Renders the rows that are not cached; yields to the event loop every `sliceMs`. */
  prepare(rows: readonly ServerStatus[]): Promise<void>;
  /** The same bytes as `renderMessage`; yields to the event loop every `sliceMs`. */
  renderInSlices(message: ServersMessage): Promise<Buffer<ArrayBuffer>>;
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

  function* joinRows(message: ServersMessage): Generator<void, Buffer<ArrayBuffer>, void> {
    const { head, tail } = renderAroundRows(message);
    const rows: Uint8Array[] = [];
    let length = head.length + tail.length + Math.max(0, message.servers.length - 1);
    for (const row of message.servers) {
      const bytes = ofRow(row);
      rows.push(bytes);
      length += bytes.length;
      if (rows.length % RENDER_STEP_ROWS === 0) yield;
    }
    // Buffer.concat takes ten times as long for ten thousand parts.
    const joined = Buffer.allocUnsafeSlow(length);
    joined.set(head, 0);
    let at = head.length;
    for (const [index, row] of rows.entries()) {
      if (index > 0) joined[at++] = COMMA;
      joined.set(row, at);
      at += row.length;
      if (index % JOIN_STEP_ROWS === 0) yield;
    }
    joined.set(tail, at);
    return joined;
  }

  return {
    renderRow: (row) => void ofRow(row),
    renderMessage(message) {
      const steps = joinRows(message);
      for (;;) {
        const step = steps.next();
        if (step.done === true) return step.value;
      }
    },
    renderInSlices: (message) => runInSlices(clock, BOUNDS.sliceMs, joinRows(message)),
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
