import { createServer } from "node:net";
import { renderResponseText, type StatRow, serverRow, backendRow } from "../haproxy/rendered-response.ts";

// usage: hostile-haproxy.ts SOCKET KIND ROWS [ADDRESS]
// A HAProxy whose table is made to cost its reader as much as possible, until SIGUSR2: then it has one server. A process
// of its own, since rendering takes long.

const [socketPath = "", kind = "stable", rowsText = "1000", address = "127.0.0.1:1"] = process.argv.slice(2);
const rows = Number(rowsText);
const SERVERS_PER_BACKEND = 1_000;

/** The rows of poll `poll`. */
function rowsOf(poll: number): StatRow[] {
  const table: StatRow[] = [];
  for (let sid = 0; sid < rows; sid += 1) {
    const backend = Math.floor(sid / SERVERS_PER_BACKEND);
    const isNewBackend = kind === "new-backends";
    const of = { pxname: isNewBackend ? `b${poll}-${sid}-${"b".repeat(200)}` : `b${backend}`, iid: backend + 2 };
    if (isNewBackend || sid % SERVERS_PER_BACKEND === 0) table.push(backendRow(poll, { ...of, mode: "tcp" }));
    table.push(serverRow(nameOf(sid, poll), sid + 1, { ...of, ...fieldsOf(sid, poll) }));
  }
  return table;
}

/** A number below `count` that is another one for each server, poll and `salt`. */
function anyOf(count: number, sid: number, poll: number, salt: number): number {
  return (Math.imul(sid * 31 + poll * 17 + salt, 2_654_435_761) >>> 8) % count;
}

const STATUSES = ["UP", "DOWN", "MAINT", "DRAIN", "NOLB", "UP 1/3", "DOWN 1/2", "no check", "MAINT (via b/x)", "?"];
const CHECKS = ["L4OK", "L7OK", "L4TOUT", "L7STS", "L4CON", "SOCKERR", "* L7OK", "?"];

/** Other values in every column, with chains of servers that track each other. */
function otherColumns(sid: number, poll: number): StatRow {
  const any = (count: number, salt: number): number => anyOf(count, sid, poll, salt);
  const text = (salt: number): string => any(1e9, salt).toString(36).repeat(30);
  return {
    status: STATUSES[any(STATUSES.length, 1)] ?? "",
    check_status: CHECKS[any(CHECKS.length, 2)] ?? "",
    agent_status: CHECKS[any(CHECKS.length, 3)] ?? "",
    last_chk: text(4),
    last_agt: text(5),
    tracked: `b0/s${any(100, 6)}`,
    mode: any(2, 7) === 0 ? "tcp" : "http",
    weight: any(256, 8),
    bck: any(2, 9),
    scur: any(1e6, 10),
    stot: any(1e9, 11),
    bout: any(1e9, 12),
    econ: any(1e5, 13),
    hrsp_5xx: any(1e6, 14),
    lastchg: any(1e6, 15),
  };
}

function nameOf(sid: number, poll: number): string {
  return kind === "new-names" ? `s${poll}-${sid}` : `s${sid}`;
}

function fieldsOf(sid: number, poll: number): StatRow {
  // Nothing listens there: each probe is refused at once.
  const addr = `127.${((sid >> 16) & 127) + 1}.${(sid >> 8) & 255}.${sid & 255}:9`;
  const fields: StatRow = { mode: "tcp", addr, check_status: "L4OK", lastchg: 60 };
  if (kind === "counters") return { ...fields, stot: poll, bout: poll };
  if (kind === "flapping") return { ...fields, status: poll % 2 === 0 ? "UP" : "DOWN" };
  if (kind === "moving") return { ...fields, addr: `127.${(poll & 127) + 1}.${(sid >> 8) & 255}.${sid & 255}:9` };
  if (kind === "columns") return { ...fields, ...otherColumns(sid, poll) };
  if (kind === "targets") return { ...fields, mode: "http", addr: addr.replace(":9", `:${1 + 7 * poll}`) };
  if (kind === "one-target") return { ...fields, mode: "http", addr: address, stot: poll };
  return fields;
}

const TABLES: number =
  { stable: 1, "one-target": 1, ghosts: 1, "new-names": 40, "new-backends": 12, columns: 4, targets: 6 }[kind] ?? 2;
const tables = Array.from({ length: TABLES }, (_, poll) =>
  Buffer.from(renderResponseText({ startTime: 1_000, rows: rowsOf(poll) }), "latin1"),
);
const infoEnd = tables[0]?.indexOf("# pxname") ?? 0;
const noStates = Buffer.from(
  "1\n# be_id be_name srv_id srv_name srv_addr srv_admin_state srv_fqdn srv_port\n\n",
  "latin1",
);
/** Servers that no table has. */
const ghostLines = Array.from({ length: kind === "ghosts" ? 700_000 : 0 }, (_, n) => {
  return `${n} b${n} ${n} s${n} 127.0.0.1 0 - 9\n`;
});
const states = Buffer.concat([noStates.subarray(0, -1), Buffer.from(`${ghostLines.join("")}\n`, "latin1")]);
const harmless = Buffer.from(
  renderResponseText({ startTime: 1_000, rows: [backendRow(1), serverRow("s1", 1)] }),
  "latin1",
);
let polls = 0;
let isOver = false;
process.on("SIGUSR2", () => (isOver = true));

createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => {});
  socket.once("data", (request) => {
    const table = isOver ? harmless : (tables[(polls += 1) % tables.length] ?? harmless);
    socket.write(table.subarray(0, infoEnd));
    if (request.includes("servers state")) socket.write(isOver ? noStates : states);
    socket.end(table.subarray(infoEnd));
  });
}).listen(socketPath, () => console.log("listening"));
