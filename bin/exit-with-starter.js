// Imported into the process that an old Node.js starts: it stops when its starter is gone, however that ended.
process.channel.unref();
process.once("disconnect", function () {
  process.kill(process.pid, "SIGTERM");
});
