import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Argument, Command, Option } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderCompletion, SHELLS } from "../../server/cli/completion.ts";
import { runHaprobe } from "../support/haprobe-cli.ts";

/** A small program with every kind of word that is completed. */
function program(): Command {
  const root = new Command("haprobe").description("d").version("1");
  root.command("serve").description('it\'s: a \\ "description"').option("-c, --config <file>", "the file");
  root
    .command("check")
    .description("ask once")
    .addOption(new Option("--format <format>", "how").choices(["table", "json"]));
  const config = root.command("config").description("of the configuration");
  config.command("check").description("is it right?").option("--quiet", "say nothing");
  root
    .command("completion")
    .description("script")
    .addArgument(new Argument("<shell>", "s").choices(["bash", "fish"]));
  return root;
}

/** Words on the command line, and what a shell offers after them. */
const CASES: readonly (readonly [words: readonly string[], offered: readonly string[], withheld: readonly string[]])[] =
  [
    [
      ["haprobe", "c"],
      ["check", "config", "completion"],
      ["serve", "json"],
    ],
    [["haprobe", "check", "--f"], ["--format"], ["--quiet"]],
    [
      ["haprobe", "check", "--format", ""],
      ["table", "json"],
      ["check", "serve"],
    ],
    [["haprobe", "config", ""], ["check"], ["serve"]],
    [["haprobe", "config", "check", "--"], ["--quiet"], ["--format"]],
    [["haprobe", "check", "--format", "json", "--"], ["--format"], ["--quiet", "table"]],
    [["haprobe", "completion", ""], ["bash", "fish"], ["serve"]],
    [["haprobe", "serve", "--config", "haprobe-co"], ["haprobe-config.yaml"], ["serve"]],
  ];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "haprobe-completion-"));
  writeFileSync(join(folder, "haprobe-config.yaml"), "");
  for (const shell of SHELLS) writeFileSync(join(folder, shell), renderCompletion(program(), shell));
});
afterAll(() => rmSync(folder, { recursive: true }));

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ["--version"]).error === undefined;
}

function run(shell: string, script: string, args: readonly string[] = []): string[] {
  const { stdout, stderr } = spawnSync(shell, ["-c", script, shell, ...args], { cwd: folder, encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

/** Asks a real shell. zsh completes at a terminal only, so its completion functions are replaced by ones that print their arguments. */
const COMPLETE: Readonly<Record<(typeof SHELLS)[number], (words: readonly string[]) => string[]>> = {
  bash: (words) =>
    run(
      "bash",
      'source ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _haprobe; printf "%s\\n" "${COMPREPLY[@]}"',
      words,
    ),
  zsh: (words) =>
    run(
      "zsh",
      `compdef() { : }; source ./zsh
       _describe() { for offer in $offers; do [[ $offer = $words[CURRENT]* ]] && print -r -- \${offer%%:*}; done; true }
       compadd() { shift; print -rl -- $@ }; _files() { print -rl -- haprobe-* }
       words=("$@"); CURRENT=$#; _haprobe`,
      words,
    ),
  fish: (words) =>
    run("fish", "source ./fish; complete -C (string join ' ' -- $argv[2..-1])", ["", ...words]).map(
      (line) => line.split("\t")[0] ?? "",
    ),
};

describe.each(SHELLS)("completion in %s", (shell) => {
  const missing = isInstalled(shell) ? "" : ` (skipped: no ${shell} on the PATH)`;

  test.skipIf(missing !== "").each(CASES)(`of %j offers %j and not %j${missing}`, (words, offered, withheld) => {
    const found = COMPLETE[shell](words);
    expect(found).toEqual(expect.arrayContaining([...offered]));
    expect(found.filter((word) => withheld.includes(word))).toEqual([]);
  });
});

test.each(SHELLS)("haprobe completion %s holds the existing commands and options", async (shell) => {
  const { code, stdout } = await runHaprobe(["completion", shell]);
  expect(code).toBe(0);
  const option = (name: string): string => (shell === "fish" ? `-l ${name}` : `--${name}`);
  for (const word of ["serve", "check", "wait", "plugin", option("max-wait"), option("haproxy"), "agree-up"]) {
    expect(stdout).toContain(word);
  }
});
