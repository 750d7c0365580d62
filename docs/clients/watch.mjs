// Prints every mismatch that begins, changes or ends: node watch.mjs http://127.0.0.1:8405
const base = process.argv[2] ?? "http://127.0.0.1:8405";
const mismatches = new Map();
let [epoch, seq] = ["", 0];

function connect() {
  const socket = new WebSocket(`${base.replace(/^http/, "ws")}/api/v1/stream?problems=1`, "haprobe.v1");
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    const isNext = message.epoch === epoch && message.seq === seq + 1;
    // After a gap only a new snapshot helps.
    if (message.type === "delta" && !isNext) return socket.close();
    ({ epoch, seq } = message);
    const now = new Set(message.servers.map(({ key }) => key));
    const gone = message.type === "snapshot" ? [...mismatches.keys()].filter((key) => !now.has(key)) : message.removed;
    for (const server of message.servers) {
      const { key, verdict, phase, sentence } = server;
      if (mismatches.get(key)?.phase !== phase) console.log(`${key} ${verdict} ${phase}: ${sentence}`);
      mismatches.set(key, server);
    }
    for (const key of gone) if (mismatches.delete(key)) console.log(`${key} is no longer a mismatch`);
  });
  socket.addEventListener("close", () => setTimeout(connect, 2_000));
}

connect();
