import type { ServerKey } from "./server-key.ts";
import type { DeltaMessage, ServerStatus } from "./status.ts";

/** Parts of a row whose fields change one by one. */
type Part = "haproxy" | "probe" | "misrouted";

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
  const patch: Record<string, unknown> = { key: after.key };
  for (const name of Object.keys(after) as (keyof ServerStatus)[]) {
    if (!isPart(name)) {
      if (!isSame(before[name], after[name])) patch[name] = after[name];
      continue;
    }
    const changed = changedFields(before[name], after[name]);
    if (changed !== null) patch[name] = changed;
  }
  return patch as RowPatch;
}

/** The row after the patch; parts that stay the same are the same objects. */
export function patchRow(before: ServerStatus, patch: RowPatch): ServerStatus {
  const { haproxy, probe, misrouted, ...rest } = patch;
  return {
    ...before,
    ...rest,
    ...(haproxy === undefined ? {} : { haproxy: { ...before.haproxy, ...haproxy } }),
    ...(probe === undefined ? {} : { probe: { ...before.probe, ...probe } }),
    ...(misrouted === undefined ? {} : { misrouted: { ...before.misrouted, ...misrouted } }),
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

/** The fields that changed; null for none. A push compares every row that was polled, so equal parts allocate nothing. */
function changedFields<Fields extends object>(before: Fields, after: Fields): Partial<Fields> | null {
  let changed: Partial<Fields> | null = null;
  for (const name of Object.keys(after) as (keyof Fields)[]) {
    if (isSame(before[name], after[name])) continue;
    changed ??= {} as Partial<Fields>;
    changed[name] = after[name];
  }
  return changed;
}

function isPart(name: keyof ServerStatus): name is Part {
  return name === "haproxy" || name === "probe" || name === "misrouted";
}

/** Both come from JSON values with the same order of fields. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b));
}
