// Imported into the process that an old Node.js starts: it stops when its starter is gone, however that ended.
import { isMainThread } from "worker_threads";

// Node.js imports this file into every thread of the process, and only the first has the channel.
if (isMainThread) {
  process.channel.unref();
  process.once("disconnect", function () {
    process.kill(process.pid, "SIGTERM");
  });
  // The default action would end a service that still loads.
  if (process.argv[2] === "serve") process.on("SIGHUP", function () {});
  // The starter may be gone already.
  process.send("ready", function () {});
}
