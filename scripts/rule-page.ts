import { advise } from "../server/advise/advise.ts";
import type { Rule } from "../server/advise/rule.ts";
import { RULES } from "../server/advise/rules.ts";
import { formatUnifiedDiff } from "../server/advise/unified-diff.ts";

/** The page of one rule, from its code: what it says, an example, and the cure of that. */
export function renderRulePage({ id, severity, why, details, example }: Rule): string {
  const file = { path: "haproxy.cfg", text: example };
  const issue = advise([file]).issues.find(({ rule }) => rule === id);
  const cure = issue === undefined ? "" : formatUnifiedDiff(file, issue.cure);
  return [
    `# ${id}`,
    "",
    `Severity: ${severity}. ${why}`,
    "",
    details,
    "",
    "## Example",
    "",
    "```haproxy",
    example.trimEnd(),
    "```",
    "",
    `\`haprobe lint\` says, in line ${issue?.position.line}: ${issue?.message}`,
    "",
    ...(cure === ""
      ? ["There is no cure that fits every case: this one needs a decision."]
      : ["```diff", cure.trimEnd(), "```"]),
    "",
    "## To ignore it",
    "",
    "```haproxy",
    `# haprobe: ignore ${id} the reason`,
    "```",
    "",
  ].join("\n");
}

/** The list of all rules. */
export function renderRuleIndex(): string {
  return [
    "# Rules of haprobe lint",
    "",
    "Each page is generated from the rule's code by `npm run docs:rules`, and a test compares them.",
    "",
    "| rule | severity | why |",
    "| --- | --- | --- |",
    ...RULES.map(({ id, severity, why }) => `| [${id}](${id}.md) | ${severity} | ${why} |`),
    "",
  ].join("\n");
}
