import type { ServerAddress } from "../contract/view.ts";
import { HaprobeError } from "../errors.ts";
import type { ByteRange } from "./response-sections.ts";
import { SPACE, LF } from "./field-bytes.ts";
import { decodeField } from "./field-text.ts";
import { RowCache } from "./row-cache.ts";
import { parseStateAddress } from "./server-address.ts";

/** What `show stat` does not say of a server, or says to levels above `user` only. */
export interface ServerLocation {
  readonly address: ServerAddress;
  readonly fqdn: string | null;
  readonly checkElsewhere: boolean;
}

/** Places by the ids of backend and server, which hold within one answer. The very same object where all of them are as they were. */
export type ServerLocations = ReadonlyMap<string, ServerLocation>;

/** The key of ServerPlaces. */
export function locationKey(proxyId: number, serverId: number): string {
  return `${proxyId}/${serverId}`;
}

/** Reads the servers' states of one instance; what it remembers is the last answer. */
export interface ServersStateParser {
  /** Throws HAPROBE_STATS_NOT_HAPROXY for another kind of text. Null, from a source that does not tell it, is no places. */
  parse(bytes: Buffer, part: ByteRange | null): ServerLocations;
}

const FORMAT_VERSION = "1";
/** srv_admin_state: waits for DNS. */
const IN_RESOLUTION = 32;
/** The column that ticks each second. */
const TICKING_COLUMN = "srv_time_since_last_change";

const NO_LOCATIONS: ServerLocations = new Map();

/** A line as it was read; `place` is null where it is too short to have one. */
interface ServerStateLine {
  readonly key: string;
  readonly location: ServerLocation | null;
}

/**
 * Reads `show servers state`: a format version, a header, and one line per server with fields between single spaces,
 * `-` for none. Columns by name: 2.2 lacks the last five. A line that says what it said before is not read again.
 */
export function createServersStateParser(): ServersStateParser {
  const memory = new RowCache<ServerStateLine>(1, SPACE);
  let places = NO_LOCATIONS;

  return {
    parse(bytes, part) {
      if (part === null) return NO_LOCATIONS;
      const header = parseHeader(bytes, part);
      const columns = findColumns(header.text);
      memory.beginTable(bytes, header.text);
      const { previousRowCount: size } = memory;
      const lines: ServerStateLine[] = [];
      let isNews = false;
      // The part ends with an empty line.
      for (let at = header.end; at < part.to && bytes[at] !== LF; ) {
        const known = memory.matchUnchanged(at);
        if (known !== null) {
          memory.keepMatched(known);
          lines.push(known);
          at = memory.matchedEnd;
          continue;
        }
        isNews = true;
        const end = findLineEnd(bytes, at, part.to) + 1;
        const { line, tick } = parseLine(bytes.toString("latin1", at, end - 1), columns);
        memory.addParsed(line, end, [tick < 0 ? -1 : at + tick]);
        lines.push(line);
        at = end;
      }
      memory.commit();
      if (!isNews && lines.length === size) return places;
      places = new Map(lines.flatMap(({ key, location: place }) => (place === null ? [] : [[key, place] as const])));
      return places;
    },
  };
}

/** Where each column stands; -1 for one that this HAProxy does not have. */
type ColumnIndexes = ReturnType<typeof findColumns>;

function findColumns(header: string) {
  const names = header.slice(2).split(" ");
  const place = (name: string): number => names.indexOf(name);
  return {
    count: names.length,
    proxyName: place("be_name"),
    proxyId: place("be_id"),
    serverId: place("srv_id"),
    host: place("srv_addr"),
    port: place("srv_port"),
    fqdn: place("srv_fqdn"),
    record: place("srvrecord"),
    admin: place("srv_admin_state"),
    checkPort: place("srv_check_port"),
    checkHost: place("srv_check_addr"),
    ticking: place(TICKING_COLUMN),
  };
}

function parseHeader(bytes: Buffer, { from, to }: ByteRange): { readonly text: string; readonly end: number } {
  const versionEnd = findLineEnd(bytes, from, to);
  const headerEnd = findLineEnd(bytes, versionEnd + 1, to);
  const text = bytes.toString("latin1", versionEnd + 1, headerEnd);
  if (bytes.toString("latin1", from, versionEnd) !== FORMAT_VERSION || !text.startsWith("# ")) {
    throw new HaprobeError(
      "HAPROBE_STATS_NOT_HAPROXY",
      "the answer is not HAProxy's: unknown form of the servers' state",
    );
  }
  return { text, end: headerEnd + 1 };
}

function findLineEnd(bytes: Buffer, from: number, to: number): number {
  const end = bytes.indexOf(LF, from);
  return end < 0 || end > to ? to : end;
}

/** One line, and the offset of its field that ticks; -1 where it has none. */
function parseLine(text: string, at: ColumnIndexes): { readonly line: ServerStateLine; readonly tick: number } {
  const fields = text.split(" ");
  // What is too much belongs to the backend's name, which 3.5 allows spaces in.
  const surplus = fields.length - at.count;
  if (surplus > 0)
    fields.splice(at.proxyName, surplus + 1, fields.slice(at.proxyName, at.proxyName + surplus + 1).join(" "));
  const field = (column: number): string => (column < 0 ? "-" : (fields[column] ?? "-"));
  const given = (column: number): string => (field(column) === "-" ? "" : field(column));
  const key = locationKey(Number(field(at.proxyId)), Number(field(at.serverId)));
  if (surplus < 0) return { line: { key, location: null }, tick: -1 };
  const awaited = (Number(field(at.admin)) & IN_RESOLUTION) !== 0 ? "?" : "";
  const name = given(at.fqdn) || given(at.record) || awaited;
  const checkPort = given(at.checkPort);
  const checkHost = given(at.checkHost);
  const place: ServerLocation = {
    address: parseStateAddress(field(at.host), field(at.port), name),
    fqdn: decodeField(given(at.fqdn)) || null,
    // 0 and `-` mean the server's own.
    checkElsewhere:
      (checkPort !== "" && checkPort !== "0" && checkPort !== field(at.port)) ||
      (checkHost !== "" && checkHost !== field(at.host)),
  };
  let tick = at.ticking < 0 ? -1 : 0;
  for (let column = 0; column < at.ticking; column += 1) tick += field(column).length + 1;
  return { line: { key, location: place }, tick };
}
