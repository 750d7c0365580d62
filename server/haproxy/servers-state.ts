import type { ServerAddress } from "../contract/view.ts";
import { HaprobeError } from "../errors.ts";
import { fieldText } from "./field-text.ts";
import { readStateAddress } from "./server-address.ts";

/** What `show stat` does not say of a server, or says to levels above `user` only. */
export interface ServerPlace {
  readonly address: ServerAddress;
  readonly fqdn: string | null;
  readonly checkElsewhere: boolean;
}

/** Places by the ids of backend and server, which hold within one answer. */
export type ServerPlaces = ReadonlyMap<string, ServerPlace>;

/** The key of ServerPlaces. */
export function placeKey(proxyId: number, serverId: number): string {
  return `${proxyId}/${serverId}`;
}

const FORMAT_VERSION = "1";
/** srv_admin_state: waits for DNS. */
const IN_RESOLUTION = 32;

/**
 * Reads `show servers state`: a format version, a header, and one line per server with fields between single spaces,
 * `-` for none. Columns by name: 2.2 lacks the last five. Null, from a source that does not tell it, is no places.
 * Throws HAPROBE_STATS_NOT_HAPROXY for another kind of text.
 */
export function readServersState(text: string | null): ServerPlaces {
  if (text === null) return new Map();
  const [version, header, ...lines] = text.split("\n");
  if (version !== FORMAT_VERSION || !header?.startsWith("# ")) {
    throw new HaprobeError(
      "HAPROBE_STATS_NOT_HAPROXY",
      "the answer is not HAProxy's: unknown form of the servers' state",
    );
  }
  const names = header.slice(2).split(" ");
  const place = (name: string): number => names.indexOf(name);
  const at = {
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
  };

  const places = new Map<string, ServerPlace>();
  for (const line of lines) {
    const fields = line.split(" ");
    // 3.5 allows spaces in a backend's name: what is too much belongs to it.
    if (fields.length > names.length) fields.splice(at.proxyName, fields.length - names.length + 1, "");
    if (fields.length < names.length) continue;
    const field = (column: number): string => (column < 0 ? "-" : (fields[column] ?? "-"));
    const given = (column: number): string => (field(column) === "-" ? "" : field(column));
    const awaited = (Number(field(at.admin)) & IN_RESOLUTION) !== 0 ? "?" : "";
    const name = given(at.fqdn) || given(at.record) || awaited;
    const checkPort = given(at.checkPort);
    const checkHost = given(at.checkHost);
    places.set(placeKey(Number(field(at.proxyId)), Number(field(at.serverId))), {
      address: readStateAddress(field(at.host), field(at.port), name),
      fqdn: fieldText(given(at.fqdn)) || null,
      // 0 and `-` mean the server's own.
      checkElsewhere:
        (checkPort !== "" && checkPort !== "0" && checkPort !== field(at.port)) ||
        (checkHost !== "" && checkHost !== field(at.host)),
    });
  }
  return places;
}
