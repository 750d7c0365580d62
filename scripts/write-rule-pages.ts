import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RULES } from "../server/advise/rules.ts";
import { renderRuleIndex, renderRulePage } from "./rule-page.ts";

const folder = join(import.meta.dirname, "../docs/rules");
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) rmSync(join(folder, name));
for (const rule of RULES) writeFileSync(join(folder, `${rule.id}.md`), renderRulePage(rule));
writeFileSync(join(folder, "README.md"), renderRuleIndex());
