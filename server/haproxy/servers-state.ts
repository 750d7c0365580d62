import { BOUNDS } from "../bounds.ts";
import type { ServerAddress } from "../contract/view.ts";
import { HaprobeError } from "../errors.ts";
import type { ByteRange } from "./response-sections.ts";
import { SPACE, LF } from "./field-bytes.ts";
import { decodeField } from "./field-text.ts";
import { RowCache } from "./row-cache.ts";
import { NO_ADDRESS, parseStateAddress } from "./server-address.ts";

/** What `show stat` omits of a server, or shows only to levels above `user`. */
export interface ServerLocation {
  readonly address: ServerAddress;
  readonly fqdn: string | null;
  readonly checkElsewhere: boolean;
  /** As in ServerView. */
  readonly checkPort?: number;
}

/** Locations by the ids of backend and server, which hold within one response; the same object while none of them changes. */
export type ServerLocations = ReadonlyMap<string, ServerLocation>;

/** The key of ServerLocations. */
export function locationKey(proxyId: number, serverId: number): string {
  return `${proxyId}/${serverId}`;
}

/** Parses the servers' states of one instance; keeps the last response. */
export interface ServersStateParser {
  /** Yields as scanStatCsv does. No range, from a source without it, gives no locations. Throws HAPROBE_STATS_NOT_HAPROXY for other text. */
  parse(bytes: Buffer, range: ByteRange | null): Generator<void, ServerLocations, void>;
}

const FORMAT_VERSION = "1";
/** srv_admin_state: the server waits for DNS. */
const IN_RESOLUTION = 32;
/** The column that increments each second. */
const TICKING_COLUMN = "srv_time_since_last_change";

const NO_LOCATIONS: ServerLocations = new Map();
const COUNT_STEP_LINES = 10_000;

/** A parsed line; the location is null for a malformed one. */
interface ServerStateLine {
  readonly key: string;
  /** Backend and DNS name; null for a server without a name. */
  readonly nameKey: string | null;
  readonly location: ServerLocation | null;
}

const MALFORMED: ServerStateLine = { key: "", nameKey: null, location: null };

/**
 * Parses `show servers state`: a format version, a header, and one line per server with fields between single spaces,
 * `-` for none. Finds columns by name, since 2.2 lacks the last five. Reuses the parsed line if its bytes are unchanged.
 */
export function createServersStateParser(): ServersStateParser {
  const rowCache = new RowCache<ServerStateLine>(1, SPACE);
  let locations = NO_LOCATIONS;
  let lineCount = 0;

  return {
    *parse(bytes, range) {
      if (range === null) return NO_LOCATIONS;
      const header = parseHeader(bytes, range);
      const columns = findColumns(header.text);
      yield* throwIfTooLong(bytes, { from: header.end, to: range.to }, columns.count);
      const lines: ServerStateLine[] = [];
      let isChanged = false;
      let malformed = 0;
      let work = 0;
      rowCache.beginTable(bytes, header.text);
      try {
        // The section ends with an empty line.
        for (let at = header.end; at < range.to && bytes[at] !== LF; ) {
          const start = at;
          const known = rowCache.matchUnchanged(at);
          if (known === null) {
            isChanged = true;
            const end = findLineEnd(bytes, at, range.to) + 1;
            const { line, tick } = parseLine(bytes, at, end - 1, columns);
            if (line === MALFORMED && (malformed += 1) > BOUNDS.statMalformedRowsMax) throw unknownFormError();
            rowCache.addParsed(line === MALFORMED ? null : line, end, [tick < 0 ? -1 : at + tick]);
            lines.push(line);
            at = end;
          } else {
            rowCache.keepMatched(known);
            lines.push(known);
            at = rowCache.matchedEnd;
          }
          work += at - start + BOUNDS.parseRowBytes;
          if (work < BOUNDS.parseStepBytes) continue;
          work = 0;
          yield;
        }
        isChanged ||= lines.length !== lineCount;
        lineCount = lines.length;
        rowCache.commit();
      } finally {
        rowCache.discard();
      }
      if (isChanged) locations = yield* indexLocations(lines);
      return locations;
    },
  };
}

/** An unresolved server is an unused slot where another server of its backend has an address by the same name. */
function* indexLocations(lines: readonly ServerStateLine[]): Generator<void, ServerLocations, void> {
  const resolved = new Set<string>();
  for (const [index, { nameKey, location }] of lines.entries()) {
    if (nameKey !== null && location?.address.kind === "ip") resolved.add(nameKey);
    if (index % 1_000 === 999) yield;
  }
  const locations = new Map<string, ServerLocation>();
  for (const [index, { key, nameKey, location }] of lines.entries()) {
    if (location !== null) {
      const isUnused = location.address.kind === "unresolved" && (nameKey === null || resolved.has(nameKey));
      locations.set(key, isUnused ? { ...location, address: NO_ADDRESS } : location);
    }
    if (index % 1_000 === 999) yield;
  }
  return locations;
}

/** Index of each column; -1 for one that this HAProxy does not have. */
type ColumnIndexes = ReturnType<typeof findColumns>;

function findColumns(header: string) {
  const names = header.slice(2).split(" ");
  const index = (name: string): number => names.indexOf(name);
  return {
    count: names.length,
    proxyName: index("be_name"),
    proxyId: index("be_id"),
    serverId: index("srv_id"),
    host: index("srv_addr"),
    port: index("srv_port"),
    fqdn: index("srv_fqdn"),
    record: index("srvrecord"),
    admin: index("srv_admin_state"),
    checkPort: index("srv_check_port"),
    checkHost: index("srv_check_addr"),
    ticking: index(TICKING_COLUMN),
  };
}

function parseHeader(bytes: Buffer, { from, to }: ByteRange): { readonly text: string; readonly end: number } {
  const versionEnd = findLineEnd(bytes, from, to);
  const headerEnd = findLineEnd(bytes, versionEnd + 1, to);
  if (headerEnd - from > BOUNDS.statHeaderMaxBytes) throw unknownFormError();
  const text = bytes.toString("latin1", versionEnd + 1, headerEnd);
  if (bytes.toString("latin1", from, versionEnd) !== FORMAT_VERSION || !text.startsWith("# ")) throw unknownFormError();
  return { text, end: headerEnd + 1 };
}

/** Throws for more lines than servers are monitored, before any of them is parsed. */
function* throwIfTooLong(bytes: Buffer, { from, to }: ByteRange, columns: number): Generator<void, void, void> {
  // Each column has a character and a separator: most sections are too short for so many lines. Other lines are malformed.
  if ((to - from) / (2 * columns) <= BOUNDS.serversMax) return;
  let lines = 0;
  for (let at = from; at < to; at = findLineEnd(bytes, at, to) + 1) {
    if ((lines += 1) > BOUNDS.serversMax + 1) throw tooLargeError(BOUNDS.serversMax, "servers");
    if (lines % COUNT_STEP_LINES === 0) yield;
  }
}

function findLineEnd(bytes: Buffer, from: number, to: number): number {
  const end = bytes.indexOf(LF, from);
  return end < 0 || end > to ? to : end;
}

/** One line, and the offset in it of its ticking field; -1 where it has none. */
function parseLine(
  bytes: Buffer,
  from: number,
  to: number,
  at: ColumnIndexes,
): { readonly line: ServerStateLine; readonly tick: number } {
  if (to - from > BOUNDS.statHeaderMaxBytes) return { line: MALFORMED, tick: -1 };
  const fields = bytes.toString("latin1", from, to).split(" ");
  // Surplus fields are part of the backend's name, in which 3.5 allows spaces.
  const surplus = fields.length - at.count;
  if (surplus < 0) return { line: MALFORMED, tick: -1 };
  if (surplus > 0)
    fields.splice(at.proxyName, surplus + 1, fields.slice(at.proxyName, at.proxyName + surplus + 1).join(" "));
  const field = (column: number): string => (column < 0 ? "-" : (fields[column] ?? "-"));
  const given = (column: number): string => (field(column) === "-" ? "" : field(column));
  const isInResolution = (Number(field(at.admin)) & IN_RESOLUTION) !== 0;
  const name = given(at.fqdn) || given(at.record) || (isInResolution ? "?" : "");
  const checkPort = given(at.checkPort);
  const checkHost = given(at.checkHost);
  const isOtherPort = checkPort !== "" && checkPort !== "0" && checkPort !== field(at.port);
  const location: ServerLocation = {
    address: parseStateAddress(field(at.host), field(at.port), name),
    fqdn: decodeField(given(at.fqdn).slice(0, BOUNDS.statNameMaxChars)) || null,
    // 0 and `-` mean the server's own port and address.
    checkElsewhere: isOtherPort || (checkHost !== "" && checkHost !== field(at.host)),
    ...(isOtherPort ? { checkPort: Number(checkPort) } : {}),
  };
  let tick = at.ticking < 0 ? -1 : 0;
  for (let column = 0; column < at.ticking; column += 1) tick += field(column).length + 1;
  const key = locationKey(Number(field(at.proxyId)), Number(field(at.serverId)));
  const dnsName = given(at.record) || given(at.fqdn);
  const nameKey =
    dnsName === "" ? null : decodeField(`${field(at.proxyId)} ${dnsName}`.slice(0, BOUNDS.statNameMaxChars));
  return { line: { key, nameKey, location }, tick };
}

function unknownFormError(): HaprobeError {
  return new HaprobeError(
    "HAPROBE_STATS_NOT_HAPROXY",
    "the response is not HAProxy's: unknown form of the servers' state",
  );
}

function tooLargeError(max: number, what: string): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_TOO_LARGE", `the servers' state has more than ${max} ${what}`);
}
