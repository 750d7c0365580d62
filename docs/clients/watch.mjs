// Tells of every mismatch that begins, changes and ends: node watch.mjs http://127.0.0.1:8405
const base = process.argv[2] ?? "http://127.0.0.1:8405";
const mismatches = new Map();
let [epoch, seq] = ["", 0];

function connect() {
  const socket = new WebSocket(`${base.replace(/^http/, "ws")}/api/v1/stream?problems=1`, "haprobe.v1");
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    const isNext = message.epoch === epoch && message.seq === seq + 1;
    // Whoever missed something starts over: the next snapshot has it.
    if (message.type === "delta" && !isNext) return socket.close();
    ({ epoch, seq } = message);
    const now = new Set(message.servers.map(({ key }) => key));
    const gone = message.type === "snapshot" ? [...mismatches.keys()].filter((key) => !now.has(key)) : message.removed;
    for (const server of message.servers) {
      const { key, verdict, phase, sentence } = server;
      if (mismatches.get(key)?.phase !== phase) console.log(`${key} ${verdict} ${phase}: ${sentence}`);
      mismatches.set(key, server);
    }
    for (const key of gone) if (mismatches.delete(key)) console.log(`${key} is no mismatch any more`);
  });
  socket.addEventListener("close", () => setTimeout(connect, 2_000));
}

connect();
