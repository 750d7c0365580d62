#!/usr/bin/env node
// Old syntax on purpose: an old Node.js has to be able to read this file and say what is wrong.
import { spawn } from "child_process";
import { existsSync } from "fs";
import { dirname, join } from "path";
import { fileURLToPath, pathToFileURL } from "url";

var root = join(dirname(fileURLToPath(import.meta.url)), "..");
var source = join(root, "server", "main.ts");
// A package and an image carry no TypeScript; in a checkout the sources are newer than any build.
var main = existsSync(source) ? source : join(root, "dist", "server", "main.js");
var ours = join(root, "node_modules", ".bin", "node");
// What runs for weeks keeps a small heap: a third less memory for a few percent of its CPU (docs/performance.md).
var keepsSmall = process.argv[2] === "serve" && !isHeapChosen();
var heapFlags = keepsSmall ? ["--max-semi-space-size=4", "--heap-growing-percent=40"] : [];
// glibc keeps a heap for each of Node's threads, and blocks of the size of a poll once it has had some: ten megabytes.
var frugal = { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "65536", MALLOC_TRIM_THRESHOLD_: "131072" };
var environment = keepsSmall ? Object.assign(frugal, process.env) : process.env;

if (!existsSync(main)) {
  process.stderr.write("haprobe: " + main + " is missing. Run `npm run build` in " + root + ".\n");
  process.exit(3);
} else if (isRecent(process.versions.node)) {
  if (keepsSmall) startAnew();
  run();
} else if (existsSync(ours)) {
  runWith(ours);
} else {
  process.stderr.write(
    "haprobe: Node.js " +
      process.versions.node +
      " is too old, 24.4 or later is needed.\n" +
      "Install a current one from https://nodejs.org, or run `npm ci` in " +
      root +
      ", which brings one along.\n",
  );
  process.exit(3);
}

/** True from 24.4 on: the first one that runs TypeScript without a word and has all that haprobe uses. */
function isRecent(version) {
  var parts = version.split(".").map(Number);
  return parts[0] > 24 || (parts[0] === 24 && parts[1] >= 4);
}

/** True where somebody has set the heap's size himself, as this file does when it starts anew. */
function isHeapChosen() {
  var flags = process.execArgv.concat(process.env.NODE_OPTIONS || "").join(" ");
  return /max[-_]semi[-_]space[-_]size|heap[-_]growing[-_]percent/.test(flags);
}

/** The same process, begun anew with the flags: V8 reads them at its start only. Returns where that is not to be had. */
function startAnew() {
  try {
    var args = [process.execPath].concat(process.execArgv, heapFlags, process.argv.slice(1));
    process.execve(process.execPath, args, environment);
  } catch (error) {
    // Windows has no such call: there it goes on with the heap as it is.
    return error;
  }
}

function run() {
  process.argv[1] = main;
  import(pathToFileURL(main).href).catch(function (error) {
    process.stderr.write("haprobe: " + (error && error.stack ? error.stack : error) + "\n");
    process.exit(1);
  });
}

/** Runs haprobe with another Node.js and ends as it ends: same signals, same exit code. */
function runWith(node) {
  var child = spawn(node, heapFlags.concat(main, process.argv.slice(2)), { stdio: "inherit", env: environment });
  ["SIGTERM", "SIGHUP", "SIGINT"].forEach(function (signal) {
    process.on(signal, function () {
      // Ctrl-C in a terminal reaches both of us; a second one would mean "at once".
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
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
