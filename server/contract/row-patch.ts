import type { ServerKey } from "./server-key.ts";
import type { DeltaMessage, ServerStatus } from "./status.ts";

/** Parts of a row whose fields change one by one. */
const PARTS = ["haproxy", "probe", "misrouted"] as const;
type Part = (typeof PARTS)[number];

/** The fields of a row that changed, and those of its parts. */
export type RowPatch = { readonly key: ServerKey } & Partial<Omit<ServerStatus, Part>> & {
    readonly [Name in Part]?: Partial<ServerStatus[Name]>;
  };

/** A delta for clients that have the rows: new ones are whole, of the others it has what changed. */
export interface PatchMessage extends Omit<DeltaMessage, "type"> {
  readonly type: "patch";
  readonly changed: readonly RowPatch[];
}

/** What makes `after` of `before`. */
export function diffRow(before: ServerStatus, after: ServerStatus): RowPatch {
  const patch: Record<string, unknown> = { ...changedFields(before, after), key: after.key };
  for (const part of PARTS) {
    if (patch[part] !== undefined) patch[part] = changedFields(before[part], after[part]);
  }
  return patch as RowPatch;
}

/** The row after the patch. */
export function patchRow(before: ServerStatus, patch: RowPatch): ServerStatus {
  return {
    ...before,
    ...patch,
    haproxy: { ...before.haproxy, ...patch.haproxy },
    probe: { ...before.probe, ...patch.probe },
    misrouted: { ...before.misrouted, ...patch.misrouted },
  };
}

/** The delta with whole rows; null where one of them is not known. */
export function expandPatch(message: PatchMessage, rows: ReadonlyMap<ServerKey, ServerStatus>): DeltaMessage | null {
  const { changed, ...delta } = message;
  const servers = [...message.servers];
  for (const patch of changed) {
    const before = rows.get(patch.key);
    if (before === undefined) return null;
    servers.push(patchRow(before, patch));
  }
  return { ...delta, type: "delta", servers };
}

function changedFields(before: object, after: object): Record<string, unknown> {
  const known = before as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => !isSame(known[name], value)));
}

/** Both come from JSON values with the same order of fields. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b));
}
