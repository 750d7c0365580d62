import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CHANNELS } from "../../server/alert/channels/registry.ts";
import type { ChannelType } from "../../server/contract/alert-settings.ts";
import { errorTextsOf, loadText } from "../config/load-text.ts";
import { shownMessage } from "../support/shown-messages.ts";
import { codeBlocks, sections } from "./markdown.ts";

const recipes = sections(readFileSync(join(import.meta.dirname, "../../docs/alert-recipes.md"), "utf8"), 2);
const types = Object.keys(CHANNELS) as ChannelType[];

test("docs/alert-recipes.md has a recipe for every channel, and no other", () => {
  expect([...recipes.keys()].toSorted()).toEqual(types.toSorted());
});

describe.each(types)("the recipe of %s", (type) => {
  const recipe = recipes.get(type) ?? "";

  test("is a configuration that loads, with a channel of this type", () => {
    const [yaml = ""] = codeBlocks(recipe, "yaml");
    const loaded = loadText(`${yaml}haproxy: [{name: lb-1, stats: unix:/run/haproxy/admin.sock}]\n`);
    expect(errorTextsOf(loaded)).toEqual([]);
    expect(loaded).toMatchObject({ settings: { alerts: { channels: [{ transport: { type } }] } } });
  });

  test("shows the message as its receiver does", () => {
    const shown = [...codeBlocks(recipe, "text"), ...codeBlocks(recipe, "json")];
    expect(shown).toEqual([`${shownMessage(type)}\n`]);
  });
});
