import type { IncidentRecord } from "../contract/incident.ts";
import type { IncidentWrite } from "../contract/store.ts";
import { HaprobeError } from "../errors.ts";
import { resolveIds, serverEntry } from "./dictionaries.ts";
import { readIncidents } from "./incident-reads.ts";
import { inPortions, type StoreTransaction } from "./tables.ts";

/**
 * Writes new versions of incidents. Returns the present records where one was made from another version than the stored
 * one, or opens a second incident with a fingerprint; the transaction must then be rolled back. `isReplay`: a version
 * that is stored already was written by the part of the batch that was applied before.
 */
export async function writeIncidents(
  trx: StoreTransaction,
  writes: readonly IncidentWrite[],
  isReplay: boolean,
  now: number,
): Promise<readonly IncidentRecord[]> {
  if (writes.length === 0) return [];
  const stored = await trx
    .selectFrom("incident")
    .select(["id", "version", "fingerprint", "state"])
    .where((where) =>
      where.or([
        where(
          "id",
          "in",
          writes.map(({ record }) => record.id),
        ),
        where.and([
          where(
            "fingerprint",
            "in",
            writes.map(({ fingerprint }) => fingerprint),
          ),
          where("state", "<>", "ended"),
        ]),
      ]),
    )
    .execute();
  const versions = new Map(stored.map(({ id, version }) => [id, version]));
  const open = new Map(stored.filter(({ state }) => state !== "ended").map(({ fingerprint, id }) => [fingerprint, id]));
  const conflicts = new Set<string>();
  for (const write of writes) {
    const { record, fingerprint, expectedVersion } = write;
    const version = versions.get(record.id) ?? 0;
    if (isReplay && version >= record.version) continue;
    const holder = open.get(fingerprint);
    const isSecond = record.state.kind !== "ended" && holder !== undefined && holder !== record.id;
    if (version !== expectedVersion) conflicts.add(record.id);
    if (isSecond) conflicts.add(holder);
    if (conflicts.size > 0) continue;
    await writeIncident(trx, write, now);
    versions.set(record.id, record.version);
    if (record.state.kind !== "ended") open.set(fingerprint, record.id);
    else if (holder === record.id) open.delete(fingerprint);
  }
  return readIncidents(trx, [...conflicts]);
}

async function writeIncident(
  trx: StoreTransaction,
  { record, fingerprint, expectedVersion }: IncidentWrite,
  now: number,
): Promise<void> {
  const { id, version, state, confirmedAt, changes } = record;
  const row = {
    fingerprint,
    version,
    state: state.kind,
    confirmed_at: confirmedAt,
    changed_at: now,
    ended_at: state.kind === "ended" ? state.at : null,
    // Members and changes have tables of their own.
    body: JSON.stringify({ ...record, members: [], changes: [] }),
  };
  if (expectedVersion === 0)
    await trx
      .insertInto("incident")
      .values({ id, ...row })
      .execute();
  else {
    // The version once more: another process may have written since it was read.
    const { numUpdatedRows } = await trx
      .updateTable("incident")
      .set(row)
      .where("id", "=", id)
      .where("version", "=", expectedVersion)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n)
      throw new HaprobeError("HAPROBE_STORE_LOCKED", `incident ${id} was written by another process`);
  }
  await writeMembers(trx, record, now);
  await writeChanges(trx, id, changes);
}

async function writeMembers(trx: StoreTransaction, { id, members }: IncidentRecord, now: number): Promise<void> {
  const entries = members.map((member) => serverEntry(member));
  const serverIds = await resolveIds(trx, "server", new Map(entries.map((entry) => [entry.key, entry])), now);
  const rows = members.map((member, position) => {
    const { key: _key, site: _site, instance: _instance, backend: _backend, server: _server, ...more } = member;
    const { vantage = "", ...rest } = more;
    const serverId = serverIds.get(entries[position]?.key ?? "") ?? 0;
    return { incident_id: id, server_id: serverId, vantage, position, body: JSON.stringify(rest) };
  });
  await deleteOthers(trx, id, rows);
  for (const portion of inPortions(rows)) {
    await trx
      .insertInto("member")
      .values(portion)
      .onConflict((conflict) =>
        conflict
          .columns(["incident_id", "server_id", "vantage"])
          .doUpdateSet(({ ref }) => ({ position: ref("excluded.position"), body: ref("excluded.body") }))
          .where(({ eb, ref, or }) =>
            or([eb("member.body", "<>", ref("excluded.body")), eb("member.position", "<>", ref("excluded.position"))]),
          ),
      )
      .execute();
  }
}

/** Deletes the members of an incident that its record no longer has. */
async function deleteOthers(
  trx: StoreTransaction,
  id: string,
  kept: readonly { readonly server_id: number; readonly vantage: string }[],
): Promise<void> {
  const byVantage = Map.groupBy(kept, ({ vantage }) => vantage);
  await trx
    .deleteFrom("member")
    .where("incident_id", "=", id)
    .where(({ and, eb, not }) =>
      and(
        Array.from(byVantage, ([vantage, rows]) =>
          not(
            and([
              eb("vantage", "=", vantage),
              eb(
                "server_id",
                "in",
                rows.map((row) => row.server_id),
              ),
            ]),
          ),
        ),
      ),
    )
    .execute();
}

/** Adds the changes that are new, and removes those that the record keeps no longer. */
async function writeChanges(trx: StoreTransaction, id: string, changes: IncidentRecord["changes"]): Promise<void> {
  const { last } = await trx
    .selectFrom("incident_change")
    .select(({ fn }) => fn.max<number | null>("n").as("last"))
    .where("incident_id", "=", id)
    .executeTakeFirstOrThrow();
  const added = changes.filter(({ n }) => n > (last ?? 0));
  for (const portion of inPortions(added)) {
    const rows = portion.map(({ n, ...rest }) => ({ incident_id: id, n, body: JSON.stringify(rest) }));
    await trx.insertInto("incident_change").values(rows).execute();
  }
  const [first, second] = changes;
  if (first === undefined || second === undefined || second.n === first.n + 1) return;
  await trx
    .deleteFrom("incident_change")
    .where("incident_id", "=", id)
    .where("n", ">", first.n)
    .where("n", "<", second.n)
    .execute();
}
