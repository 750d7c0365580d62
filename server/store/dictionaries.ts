import type { NetworkAddress } from "../contract/event.ts";
import type { Judgement, StoredServerName } from "../contract/store.ts";
import { type Connection, inPortions } from "./tables.ts";
import { parseStored } from "./stored-json.ts";

/** Rows of a dictionary by their key; equal rows are one. */
export type Entries<Row extends { readonly key: string }> = ReadonlyMap<string, Row>;

/** The row of a server in its dictionary. */
export function serverEntry({ site, instance, backend, server }: StoredServerName) {
  return { key: JSON.stringify([site, instance, backend, server]), site, instance, backend, server };
}

/** The row of an address in its dictionary. */
export function addressEntry({ network, host, port }: NetworkAddress) {
  return { key: JSON.stringify([network, host, port]), network, host, port };
}

/** The row of a judgement in its dictionary. */
export function judgementEntry(judgement: Judgement) {
  const { verdict, phase, reason } = judgement;
  return { key: JSON.stringify(judgement, JUDGEMENT_FIELDS), verdict, phase, reason };
}

/** In this order, so that equal judgements have equal keys. */
const JUDGEMENT_FIELDS = Object.keys({
  verdict: true,
  phase: true,
  reason: true,
  probeReason: true,
  haproxyStatus: true,
  checkStatus: true,
  checkCode: true,
  probeOutcome: true,
  httpStatus: true,
  sentence: true,
  tone: true,
  subject: true,
  expected: true,
} satisfies Record<keyof Judgement, true>);

interface EntryOf {
  readonly server: ReturnType<typeof serverEntry>;
  readonly address: ReturnType<typeof addressEntry>;
  readonly judgement: ReturnType<typeof judgementEntry>;
}

/** Ids of the keys that the dictionary has. */
export async function findIds(
  db: Connection,
  table: keyof EntryOf,
  keys: Iterable<string>,
): Promise<Map<string, number>> {
  return new Map((await findRows(db, table, keys)).map(({ key, id }) => [key, id]));
}

async function findRows(db: Connection, table: keyof EntryOf, keys: Iterable<string>) {
  const rows: { key: string; id: number; used_at: number }[] = [];
  for (const portion of inPortions([...keys])) {
    rows.push(...(await db.selectFrom(table).select(["key", "id", "used_at"]).where("key", "in", portion).execute()));
  }
  return rows;
}

/** Ids of these rows by their keys; rows that are new are added, and all of them are in use at `now`. */
export async function resolveIds<Name extends keyof EntryOf>(
  db: Connection,
  table: Name,
  entries: Entries<EntryOf[Name]>,
  now: number,
): Promise<Map<string, number>> {
  const rows = await findRows(db, table, entries.keys());
  const ids = new Map(rows.map(({ key, id }) => [key, id]));
  const unused = rows.filter(({ used_at: usedAt }) => usedAt < now - USED_WITHIN_MS);
  if (unused.length > 0) {
    await renewUse(
      db,
      table,
      unused.map(({ id }) => id),
      now,
    );
    // Another process may have pruned one meanwhile.
    const kept = await findIds(
      db,
      table,
      unused.map(({ key }) => key),
    );
    for (const { key } of unused) if (!kept.has(key)) ids.delete(key);
  }
  const missing: readonly { readonly key: string }[] = [...entries.values()].filter(({ key }) => !ids.has(key));
  if (missing.length === 0) return ids;
  for (const portion of inPortions(missing)) {
    await db
      .insertInto<keyof EntryOf>(table)
      .values(portion.map((entry) => ({ ...entry, used_at: now })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  const added = await findIds(
    db,
    table,
    missing.map(({ key }) => key),
  );
  for (const [key, id] of added) ids.set(key, id);
  return ids;
}

/** Marks rows as used, where that was not done within a day; the others may be pruned. */
export async function renewUse(
  db: Connection,
  table: keyof EntryOf,
  ids: Iterable<number>,
  now: number,
): Promise<void> {
  for (const portion of inPortions([...ids])) {
    await db
      .updateTable(table)
      .set({ used_at: now })
      .where("id", "in", portion)
      .where("used_at", "<", now - USED_WITHIN_MS)
      .execute();
  }
}

const USED_WITHIN_MS = 86_400_000;

/** Adds the judgements with these ids that `known` lacks. */
export async function readJudgements(
  db: Connection,
  ids: readonly (number | null)[],
  known: Map<number, Judgement>,
): Promise<void> {
  const missing = new Set(ids.flatMap((id) => (id === null || known.has(id) ? [] : [id])));
  for (const portion of inPortions([...missing])) {
    const found = await db.selectFrom("judgement").select(["id", "key"]).where("id", "in", portion).execute();
    for (const { id, key } of found) known.set(id, parseStored(key, "judgement"));
  }
}

/** The address in the columns of a left join; null for none. */
export function toAddress(row: {
  readonly network: string | null;
  readonly host: string | null;
  readonly port: number | null;
}): NetworkAddress | null {
  const { network, host, port } = row;
  return network === null || host === null || port === null ? null : { network, host, port };
}
