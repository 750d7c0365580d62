/** A place in a list that is ordered by time and id. */
export interface TimeCursor {
  readonly at: number;
  readonly id: string;
}

export function formatCursor({ at, id }: TimeCursor): string {
  return `${at}.${id}`;
}

/** Null for no cursor. It comes from a client: one that cannot be read is before everything, where a newest-first list ends. */
export function parseCursor(cursor: string | null): TimeCursor | null {
  if (cursor === null) return null;
  const dot = cursor.indexOf(".");
  const at = Number(cursor.slice(0, Math.max(0, dot)));
  return dot > 0 && Number.isSafeInteger(at) ? { at, id: cursor.slice(dot + 1) } : { at: -1, id: "" };
}
