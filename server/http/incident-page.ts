import { BOUNDS } from "../bounds.ts";
import type { Incident } from "../contract/incident.ts";
import type { IncidentArchive, IncidentPosition, LiveState } from "../contract/ports.ts";
import { HaprobeError } from "../errors.ts";

/** Which incidents a page holds: those of one state, or of any, behind the end of the page before. */
export interface IncidentPageQuery {
  readonly open: boolean | null;
  readonly after: IncidentPosition | null;
  readonly limit: number;
  /** Leaves out what a list rarely needs, nine tenths of an incident's size. */
  readonly isBrief: boolean;
  /** What the reader sees of it; null: nothing. */
  readonly see: (incident: Incident) => Incident | null;
}

export interface IncidentPage {
  /** Each incident as JSON. */
  readonly texts: readonly string[];
  /** The last one of the page where others follow; null on the last page. */
  readonly last: IncidentPosition | null;
  /** False where the archive could not be read, so that older ones may be missing. */
  readonly complete: boolean;
}

/** Yields incidents in the order of a list: the newest first. `live` ones win over their archived form, which may be older. */
async function* mergeIncidents(
  live: LiveState,
  archive: IncidentArchive | null,
  { open, after, limit }: Omit<IncidentPageQuery, "isBrief" | "see">,
  onUnreadable: () => void,
): AsyncGenerator<Incident, void, void> {
  const matches = (incident: Incident): boolean => open === null || (incident.state !== "ended") === open;
  const fresh = Iterator.from(live.incidents()).filter(
    (incident) => matches(incident) && (after === null || isBehind(incident, after)),
  );
  let next = fresh.next();
  const takeBefore = function* (row: IncidentPosition | null): Generator<Incident, void, void> {
    while (next.done !== true) {
      if (row !== null && !isBehind(row, next.value)) return;
      yield next.value;
      next = fresh.next();
    }
  };
  try {
    for await (const row of readArchive(archive, { open, after, limit })) {
      if (live.incident(row.id) !== null) continue;
      yield* takeBefore(row);
      yield row;
    }
  } catch (error) {
    if (!(error instanceof HaprobeError)) throw error;
    onUnreadable();
  }
  yield* takeBefore(null);
}

async function* readArchive(
  archive: IncidentArchive | null,
  { open, after, limit }: Omit<IncidentPageQuery, "isBrief" | "see">,
): AsyncGenerator<Incident, void, void> {
  if (archive === null) return;
  const atMost = Math.min(limit + 1, BOUNDS.archiveRowsRead);
  for (let from = after; ; ) {
    const rows = await archive.list({ open, after: from, limit: atMost });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < atMost) return;
    from = last;
  }
}

/** Collects one page of at most `limit` incidents and `pageMaxBytes`, but at least one. `pause` is called after each. */
export async function collectIncidentPage(
  live: LiveState,
  archive: IncidentArchive | null,
  query: IncidentPageQuery,
  pause: () => Promise<void>,
): Promise<IncidentPage> {
  let complete = true;
  const merged = mergeIncidents(live, archive, query, () => {
    complete = false;
  });
  const texts: string[] = [];
  let bytes = 0;
  let last: IncidentPosition | null = null;
  for (;;) {
    const step = await merged.next();
    if (step.done === true) return { texts, last: null, complete };
    if (last !== null && texts.length === query.limit) return { texts, last, complete };
    const seen = query.see(step.value);
    await pause();
    if (seen === null) continue;
    const text = JSON.stringify(query.isBrief ? toBrief(seen) : seen);
    bytes += Buffer.byteLength(text);
    if (last !== null && bytes > BOUNDS.pageMaxBytes) return { texts, last, complete };
    texts.push(text);
    last = { id: step.value.id, confirmedAt: step.value.confirmedAt };
  }
}

function toBrief(incident: Incident): Incident {
  const { key } = incident.evidence;
  return { ...incident, evidence: { key, row: [], probe: null, curl: null, socat: null }, changes: [] };
}

/** True where `one` comes after `other` in a list: it was opened earlier. */
function isBehind(one: IncidentPosition, other: IncidentPosition): boolean {
  if (one.confirmedAt !== other.confirmedAt) return Date.parse(one.confirmedAt) < Date.parse(other.confirmedAt);
  return one.id < other.id;
}

/** The place in a list behind which all incidents are that were confirmed at this time or before. */
export function positionBehind(until: number): IncidentPosition {
  return { confirmedAt: new Date(until + 1).toISOString(), id: "" };
}

/** The `next` of a page that ends here. */
export function encodePosition({ confirmedAt, id }: IncidentPosition): string {
  return Buffer.from(`${confirmedAt} ${id}`).toString("base64url");
}

/** Reads the `next` of a page; null for any other text. */
export function decodePosition(text: string): IncidentPosition | null {
  const [, confirmedAt, id] = /^(\S{1,30}) (\S{1,100})$/.exec(Buffer.from(text, "base64url").toString()) ?? [];
  if (confirmedAt === undefined || id === undefined || Number.isNaN(Date.parse(confirmedAt))) return null;
  return { confirmedAt, id };
}
