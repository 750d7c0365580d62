import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findProgram, type HostInfo, findOrInstallHaproxy, detectHost } from "../../demo/haproxy-program.ts";

const HAPROXY = `#!/bin/sh\necho 'HAProxy version 9.9.1-test 2026/01/01 - https://haproxy.org/'\n`;
const FOREVER = new AbortController().signal;

let folder = "";
let said: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hd-"));
  said = [];
});
afterEach(() => rm(folder, { recursive: true }));

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
  await chmod(join(folder, name), 0o755);
}

function obtain(machine: Partial<HostInfo> = {}, signal = FOREVER) {
  return findOrInstallHaproxy(
    { folders: [folder], isRoot: true, isMac: false, ...machine },
    (text) => said.push(text),
    signal,
  );
}

describe("HAProxy for the demo", () => {
  test("is the first one of the PATH", async () => {
    await program("haproxy", HAPROXY);
    expect(await obtain({ folders: ["/nowhere", folder] })).toEqual({
      path: join(folder, "haproxy"),
      version: "9.9.1-test",
    });
    expect(said).toEqual([]);
  });

  test("is also found in sbin, which a user's PATH lacks", () => {
    expect(detectHost({ PATH: "/usr/bin:" }).folders).toEqual(["/usr/bin", "/usr/local/sbin", "/usr/sbin"]);
  });

  test("is neither a folder nor a file that may not be run", async () => {
    await mkdir(join(folder, "haproxy"));
    expect(findProgram("haproxy", [folder])).toBeNull();
    await writeFile(join(folder, "other"), "");
    expect(findProgram("other", [folder])).toBeNull();
  });

  test("is installed by apt-get as root, which is announced before", async () => {
    await program(
      "apt-get",
      `#!/bin/sh
echo "$@" >> ${folder}/calls
[ "$1" = install ] || exit 0
cat > ${folder}/haproxy <<'END'
${HAPROXY}END
chmod 755 ${folder}/haproxy
`,
    );
    expect((await obtain()).version).toBe("9.9.1-test");
    expect(said).toEqual(["The demo needs HAProxy, which is missing here. Installing it: apt-get install haproxy\n"]);
    expect(await readFile(join(folder, "calls"), "utf8")).toBe(
      "update\ninstall --yes --no-install-recommends haproxy\n",
    );
  });

  test("that apt-get does not install is an error", async () => {
    await program("apt-get", "#!/bin/sh\nexit 100\n");
    await expect(obtain()).rejects.toThrow("apt-get update failed");
    await program("apt-get", "#!/bin/sh\nexit 0\n");
    await expect(obtain()).rejects.toThrow("haproxy is still missing");
  });

  test("is not installed further when the demo is ended during apt-get", async () => {
    await program("apt-get", "#!/bin/sh\nexec sleep 60\n");
    const stopping = new AbortController();
    const asked = obtain({}, stopping.signal);
    stopping.abort();
    await expect(asked).rejects.toThrow("aborted");
  });

  const machines: readonly (readonly [what: string, machine: Partial<HostInfo>, apt: boolean, word: string])[] = [
    ["an ordinary user of Debian", { isRoot: false }, true, "\n  sudo apt-get install haproxy\n"],
    ["a Mac", { isRoot: false, isMac: true }, false, "\n  brew install haproxy\n"],
    ["another system", { isRoot: false }, false, "Install the package haproxy of this system as root."],
    ["root of another system", {}, false, "Install the package haproxy of this system."],
  ];
  test.each(machines)("the error on %s has the exact command", async (_what, machine, apt, word) => {
    if (apt) await program("apt-get", "#!/bin/sh\nexit 9\n");
    await expect(obtain(machine)).rejects.toThrow(word);
    await expect(obtain(machine)).rejects.toThrow("Then run npm run demo again.");
  });

  test("that does not run is an error", async () => {
    await program("haproxy", "#!/bin/sh\necho broken >&2; exit 1\n");
    await expect(obtain()).rejects.toThrow(`${folder}/haproxy does not run`);
  });
});
