import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FOLDER_RULES } from "./architecture/folder-rules.ts";
import { readSource } from "./architecture/source-file.ts";
import { badName, packageOf, violations } from "./architecture/violations.ts";
import { cellsOf, tableAfter } from "./docs/markdown.ts";

const ROOT = join(import.meta.dirname, "..");
const NOT_OURS = [".git", ".cache", "node_modules", "dist"];

/** Paths of all TypeScript files below a top folder, relative to the repository. */
function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name}`)
    .filter((path) => /\.tsx?$/.test(path) && !path.split("/").some((part) => NOT_OURS.includes(part)));
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

const topFolders = readdirSync(ROOT, { withFileTypes: true })
  // A release is written to packages/.
  .filter((entry) => entry.isDirectory() && ![...NOT_OURS, "packages"].includes(entry.name))
  .map((entry) => entry.name);
const rooms = readdirSync(join(ROOT, "server")).map((name) => name.replace(/\.ts$/, ""));

describe("folders", () => {
  const programs = topFolders.filter((folder) => !["test", "docs", "deploy", ".ci", "bin"].includes(folder));

  test.each(programs)("%s/ imports only what its rules allow", (folder) => {
    expect(sources(folder).flatMap((path) => violations(path, read(path)))).toEqual([]);
  });

  test("every folder and file directly below server/ has a rule", () => {
    expect(rooms.filter((room) => FOLDER_RULES[room] === undefined)).toEqual([]);
  });

  test("files are kebab-case and named for what is inside", () => {
    const names = topFolders.flatMap(sources).map(badName);
    expect(names.filter((complaint) => complaint !== null)).toEqual([]);
  });
});

describe("the rules see", () => {
  const seen: readonly (readonly [what: string, path: string, text: string, complaint: string])[] = [
    ["an import", "server/judge/a.ts", 'import { x } from "../haproxy/x.ts";', "judge may not import haproxy"],
    ["a type import", "server/probe/a.ts", 'import type { X } from "../haproxy/x.ts";', "probe may not import haproxy"],
    ["a re-export", "server/monitor/a.ts", 'export * from "../push/x.ts";', "monitor may not import push"],
    ["a named re-export", "server/http/a.ts", 'export { x } from "../probe/x.ts";', "http may not import probe"],
    ["a side effect", "server/push/a.ts", 'import "../judge/x.ts";', "push may not import judge"],
    ["a dynamic import", "server/haproxy/a.ts", 'await import("../judge/x.ts");', "haproxy may not import judge"],
    [
      "an import in a type",
      "server/contract/a.ts",
      'type X = import("../judge/x.ts").X;',
      "contract may not import judge",
    ],
    ["a require", "server/judge/a.ts", 'const x = require("node:fs");', "judge may not import node:fs"],
    ["one of Node's modules", "server/targets/a.ts", 'import net from "node:net";', "targets may not import node:net"],
    ["a package", "server/judge/a.ts", 'import { z } from "zod";', "judge may not use zod"],
    ["a scoped package", "server/haproxy/a.ts", 'import x from "@scope/pkg/sub";', "haproxy may not use @scope/pkg"],
    ["a joiner", "server/http/a.ts", 'import { x } from "../service.ts";', "only tests may import service"],
    ["a joiner in the demo", "demo/a.ts", 'import { x } from "../server/cli/serve.ts";', "only tests may import cli"],
    [
      "a door to other folders",
      "server/http/a.ts",
      'import x from "../../demo/x.ts";',
      "the server does not import demo/x.ts",
    ],
    [
      "the browser in the server",
      "web/a.tsx",
      'import x from "../server/judge/x.ts";',
      "web may know the contract, not judge",
    ],
    ["the time", "server/judge/a.ts", "export const at = Date.now();", "judge is pure, so no Date"],
    ["the date of today", "server/advise/a.ts", "export const at = new Date();", "advise is pure, so no Date"],
    ["chance", "server/targets/a.ts", "export const x = Math.random();", "targets is pure, so no Math.random"],
    [
      "chance by another door",
      "server/match.ts",
      'export const x = Math["random"]();',
      "match is pure, so no Math.random",
    ],
    ["chance taken apart", "server/match.ts", "const { random } = Math;", "match is pure, so no Math"],
    ["a timer", "server/judge/a.ts", "setTimeout(() => {}, 1);", "judge is pure, so no setTimeout"],
    ["the monotonic clock", "server/judge/a.ts", "const { now } = performance;", "judge is pure, so no performance"],
  ];

  test.each(seen)("%s", (_what, path, text, complaint) => {
    expect(violations(path, text)).toEqual([`${path}: ${complaint}`]);
  });

  test("an import that hides its module", () => {
    expect(() => violations("server/judge/a.ts", "await import(name);")).toThrow("plain string");
  });

  test("no fault in what is allowed", () => {
    const text = `
      import { a } from "./near.ts";
      import type { b } from "../contract/b.ts";
      export const c = { Date: b.performance, floor: Math.floor(a) };`;
    expect(violations("server/judge/a.ts", text)).toEqual([]);
  });

  test.each(["web/ServerList.tsx", "server/http/utils.ts", "server/probe/probe-manager.ts", "server/types.ts"])(
    "the bad name of %s",
    (path) => {
      expect(badName(path)).toContain(path);
    },
  );
});

/** What the bundle of the program holds, apart from packages of these. */
const BUNDLED = [
  "chokidar",
  "commander",
  "croner",
  "express",
  "fastest-levenshtein",
  "helmet",
  "ipaddr.js",
  "kysely",
  "nodemailer",
  "openid-client",
  "pg",
  "pino",
  "re2js",
  "socket.io",
  "standardwebhooks",
  "ws",
  "yaml",
  "zod",
  "zod-openapi",
];

test("server/ imports exactly the packages that are named here, which the bundle holds: an installed haprobe needs no other", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json")) as {
    dependencies?: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const modules = sources("server").flatMap((path) => readSource(path, read(path)).imports);
  const packages = modules.filter((module) => !/^(\.|node:)/.test(module)).map(packageOf);
  expect([...new Set(packages)].toSorted()).toEqual(BUNDLED);
  expect(Object.keys(devDependencies)).toEqual(expect.arrayContaining(BUNDLED));
  expect(dependencies).toBeUndefined();
});

describe("the folder tables", () => {
  test.each(["CONTRIBUTING.md", "docs/architecture.md"])("of %s name every top folder, and no other", (file) => {
    const named = tableAfter(read(file), "## Folders").map((row) => cellsOf(row)[0] ?? "");
    expect(named.toSorted()).toEqual(topFolders.map((folder) => `\`${folder}/\``).toSorted());
  });

  test("of docs/architecture.md say what each part of the server may import", () => {
    const rows = tableAfter(read("docs/architecture.md"), "## The server").map(cellsOf);
    const written = Object.fromEntries(rows.map(([room = "", , folders = ""]) => [room.replaceAll("`", ""), folders]));
    const inForce = Object.fromEntries(
      Object.entries(FOLDER_RULES).map(([room, rule]) => [
        room,
        rule.folders.join(", ").replace("*", "everything") || "nothing",
      ]),
    );
    expect(written).toEqual(inForce);
  });
});
