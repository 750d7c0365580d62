import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { CONTINUATION, HEADERS, SETTINGS, STATUS_200, http2Frame } from "./http2-frames.ts";
import { makeTarget } from "./make-target.ts";
import { probeTarget } from "./probe-target.ts";

// usage: continuation-flood.ts ROUNDS SERVERS
// Probes servers that send a header block without end, and prints the faults. A process of its own, since Node aborts.

const [rounds = 1, width = 1] = process.argv.slice(2).map(Number);

const HEADERS_WITHOUT_INDEXING = Buffer.alloc(64 * 5, Buffer.from([0, 1, 97, 1, 98]));
const ENDLESS = http2Frame(CONTINUATION, 0, 1, HEADERS_WITHOUT_INDEXING);

function flood(socket: Socket): void {
  socket.on("error", () => {});
  socket.once("data", () => {
    socket.write(Buffer.concat([http2Frame(SETTINGS, 0, 0), http2Frame(HEADERS, 0, 1, STATUS_200)]));
    const more = (): void => {
      while (!socket.destroyed && socket.write(ENDLESS));
    };
    socket.on("drain", more);
    more();
  });
}

const servers = Array.from({ length: width }, () => createServer(flood).listen(0, "127.0.0.1"));
await Promise.all(servers.map((server) => once(server, "listening")));
const faults = new Set<string | null>();
const probe = { type: "grpc", tls: null, authority: "x", service: "" } as const;
for (let round = 0; round < rounds; round += 1) {
  const results = servers.map((server) =>
    probeTarget({ ...makeTarget({ port: (server.address() as AddressInfo).port }), probe }),
  );
  for (const { fault } of await Promise.all(results)) faults.add(fault);
}
console.log(JSON.stringify([...faults]));
process.exit(0);
