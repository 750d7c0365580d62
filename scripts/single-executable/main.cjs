// The main script of the single executable: unpacks the program that it carries into a folder of the user, and starts it there.
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const { createRequire } = require("node:module");
const { homedir, tmpdir } = require("node:os");
const { dirname, join } = require("node:path");
const { getAssetKeys, getRawAsset } = require("node:sea");

/** As bin/haprobe.js does: glibc keeps an arena for each thread, which costs a service 25 MB. The heap is set when it is built. */
const FRUGAL = { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "65536", MALLOC_TRIM_THRESHOLD_: "131072" };

if (process.argv[2] === "serve" && process.execve && process.env.MALLOC_ARENA_MAX === undefined) {
  process.execve(process.execPath, [process.execPath, ...process.argv.slice(2)], { ...FRUGAL, ...process.env });
}
try {
  const root = unpack();
  process.argv[1] = join(root, "dist/server/main.js");
  // Only a script on the disk can import others from there.
  createRequire(join(root, "start.cjs"))("./start.cjs");
} catch (error) {
  process.stderr.write(`haprobe: it could not be unpacked: ${error.message}. XDG_CACHE_HOME names another folder.\n`);
  process.exitCode = 1;
}

/** Writes the files unless they are there as they should be; returns their folder, which belongs to the user alone. */
function unpack() {
  const hash = createHash("sha256");
  for (const key of getAssetKeys().toSorted()) hash.update(key).update(new Uint8Array(getRawAsset(key)));
  const root = join(cacheFolder(), hash.digest("hex").slice(0, 16));
  fs.mkdirSync(root, { recursive: true, mode: 0o700 });
  const { uid, mode } = fs.statSync(root);
  if (uid !== process.getuid() || (mode & 0o022) !== 0) throw new Error(`another user can write to ${root}`);
  for (const key of getAssetKeys()) writeUnlessSame(join(root, key), Buffer.from(getRawAsset(key)));
  return root;
}

/** systemd's cache directory, else the user's, else one for temporary files. */
function cacheFolder() {
  const { CACHE_DIRECTORY, XDG_CACHE_HOME, HOME } = process.env;
  if (CACHE_DIRECTORY) return CACHE_DIRECTORY;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, "haprobe");
  return HOME ? join(homedir(), ".cache/haprobe") : join(tmpdir(), `haprobe-${process.getuid()}`);
}

function writeUnlessSame(path, content) {
  if (fs.existsSync(path) && fs.readFileSync(path).equals(content)) return;
  fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Another process may start from the same folder meanwhile.
  const temporary = `${path}.${process.pid}`;
  fs.writeFileSync(temporary, content, { mode: 0o600 });
  fs.renameSync(temporary, path);
}
