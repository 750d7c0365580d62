#!/usr/bin/env node
// Old syntax: an old Node.js must be able to run this file and print what is wrong.
import { spawn } from "child_process";
import { accessSync, constants, existsSync } from "fs";
import { dirname, join } from "path";
import { fileURLToPath, pathToFileURL } from "url";

var root = join(dirname(fileURLToPath(import.meta.url)), "..");
var source = join(root, "server", "main.ts");
// A package and an image hold no TypeScript; in a checkout the sources are newer than any build.
var main = existsSync(source) ? source : join(root, "dist", "server", "main.js");
var ours = join(root, "node_modules", ".bin", "node");
// A service keeps a small heap: a third less memory for a few percent of its CPU (docs/performance.md).
var keepsSmall = process.argv[2] === "serve" && !isHeapChosen();
var heapFlags = keepsSmall ? ["--optimize-for-size", "--max-semi-space-size=4", "--heap-growing-percent=40"] : [];
// glibc keeps an arena for each of the threads and raises its mmap threshold to the size of a poll: 25 MB with a store.
var frugal = { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "65536", MALLOC_TRIM_THRESHOLD_: "131072" };
var environment = keepsSmall ? Object.assign(frugal, process.env) : process.env;

if (!existsSync(main)) {
  process.stderr.write("haprobe: " + main + " is missing. Run `npm run build` in " + root + ".\n");
  process.exit(3);
} else if (isRecent(process.versions.node)) {
  // V8 reads the flags at its start only.
  if (keepsSmall) become([process.execPath].concat(process.execArgv, heapFlags, process.argv.slice(1)));
  run();
} else if (existsSync(ours)) {
  become([ours].concat(heapFlags, main, process.argv.slice(2)));
  runWith(ours);
} else {
  // A package has no sources and no lock file that brings a Node.js along.
  var orElse = main === source ? ", or run `npm ci` in " + root + ", which brings one along" : "";
  process.stderr.write(
    "haprobe: Node.js " +
      process.versions.node +
      " is too old, 24.4 or later is needed: install a current one from https://nodejs.org" +
      orElse +
      ".\n",
  );
  process.exit(3);
}

/** True from 24.4 on: the first version that strips types without a warning and has all APIs that haprobe uses. */
function isRecent(version) {
  var parts = version.split(".").map(Number);
  return parts[0] > 24 || (parts[0] === 24 && parts[1] >= 4);
}

/** True if the size of the heap is set already, by the user or by this file. */
function isHeapChosen() {
  var flags = process.execArgv.concat(process.env.NODE_OPTIONS || "").join(" ");
  return /optimize[-_]for[-_]size|max[-_]semi[-_]space[-_]size|heap[-_]growing[-_]percent/.test(flags);
}

/** Replaces this process by the given program, whose path comes first. Returns where that is not possible. */
function become(args) {
  // A failing execve would abort the process.
  if (!process.execve || !isExecutable(args[0])) return;
  try {
    process.execve(args[0], args, environment);
  } catch {
    // Windows has no execve.
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function run() {
  process.argv[1] = main;
  import(pathToFileURL(main).href).catch(function (error) {
    process.stderr.write("haprobe: " + (error && error.stack ? error.stack : error) + "\n");
    process.exit(1);
  });
}

/** Runs haprobe with another Node.js: forwards signals and exits with its exit code. */
function runWith(node) {
  var watch = ["--import", pathToFileURL(join(root, "bin", "exit-with-starter.js")).href];
  var isReady = false;
  // Before the child exists, since its first line may be answered by a signal.
  ["SIGTERM", "SIGHUP", "SIGINT"].forEach(function (signal) {
    process.on(signal, function () {
      // It would end a service that does not handle it yet, and that has not read its configuration.
      if (signal === "SIGHUP" && process.argv[2] === "serve" && !isReady) return;
      // Ctrl-C in a terminal reaches the child as well; a second signal would end it at once.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  });
  var child = spawn(node, watch.concat(heapFlags, main, process.argv.slice(2)), {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: environment,
  });
  child.once("message", function () {
    isReady = true;
  });
  child.on("error", function (error) {
    process.stderr.write("haprobe: " + node + " does not start: " + error.message + "\n");
    process.exit(3);
  });
  child.on("exit", function (code, signal) {
    if (signal === null) return process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
