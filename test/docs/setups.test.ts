import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { errorTextsOf, loadText } from "../config/load-text.ts";
import { codeBlocks, sections } from "./markdown.ts";

const setups = sections(readFileSync(join(import.meta.dirname, "../../docs/setups.md"), "utf8"), 2);
const OTHERS = {
  "/etc/haprobe/ops.url": "https://hooks.example.org/T0/B0/secret",
  "/cfg/fra-1.token": "0123456789abcdef0123456789abcdef",
};
const load = (yaml: string) => loadText(yaml, {}, OTHERS);

describe.each([...setups].filter(([, text]) => codeBlocks(text, "yaml").length > 0))("the set-up %s", (_name, text) => {
  test("is made of configurations that load without a warning", () => {
    for (const yaml of codeBlocks(text, "yaml")) {
      const loaded = load(yaml);
      expect(errorTextsOf(loaded)).toEqual([]);
      expect(loaded).toMatchObject({ kind: "loaded", warnings: [] });
    }
  });
});

test("a hub of the sites has the token of the vantage beside it, for its site and name", () => {
  const [vantage = "", hub = ""] = codeBlocks(setups.get("Sites with hubs") ?? "", "yaml");
  const sent = load(vantage);
  const taken = load(hub);
  if (sent.kind !== "loaded" || taken.kind !== "loaded") throw new Error("a configuration is refused");
  const { site, vantage: name } = sent.settings;
  expect(sent.settings.hub?.tokenFile).toBe("/cfg/fra-1.token");
  expect(taken.settings.auth?.tokens).toMatchObject([{ scopes: ["ingest"], vantage: { site, vantage: name } }]);
});
