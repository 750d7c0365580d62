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
    const of = { pxname: `b${backend}`, iid: backend + 2 };
    if (sid % SERVERS_PER_BACKEND === 0) table.push(backendRow(poll, { ...of, mode: "tcp" }));
    table.push(serverRow(nameOf(sid, poll), sid + 1, { ...of, ...fieldsOf(sid, poll) }));
  }
  return table;
}

function nameOf(sid: number, poll: number): string {
  return kind === "new-names" ? `s${poll}-${sid}` : `s${sid}`;
}

function fieldsOf(sid: number, poll: number): StatRow {
  const addr = `10.${(sid >> 16) & 255}.${(sid >> 8) & 255}.${sid & 255}:80`;
  const fields: StatRow = { mode: "tcp", addr, check_status: "L4OK", lastchg: 60 };
  if (kind === "counters") return { ...fields, stot: poll, bout: poll };
  if (kind === "flapping") return { ...fields, status: poll % 2 === 0 ? "UP" : "DOWN" };
  if (kind === "moving") return { ...fields, addr: `10.${poll & 255}.${(sid >> 8) & 255}.${sid & 255}:80` };
  if (kind === "one-target") return { ...fields, mode: "http", addr: address, stot: poll };
  return fields;
}

const TABLES = kind === "stable" || kind === "one-target" ? 1 : kind === "new-names" ? 40 : 2;
const tables = Array.from({ length: TABLES }, (_, poll) =>
  Buffer.from(renderResponseText({ startTime: 1_000, rows: rowsOf(poll) }), "latin1"),
);
const infoEnd = tables[0]?.indexOf("# pxname") ?? 0;
const noStates = Buffer.from(
  "1\n# be_id be_name srv_id srv_name srv_addr srv_admin_state srv_fqdn srv_port\n\n",
  "latin1",
);
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
    if (request.includes("servers state")) socket.write(noStates);
    socket.end(table.subarray(infoEnd));
  });
}).listen(socketPath, () => console.log("listening"));
