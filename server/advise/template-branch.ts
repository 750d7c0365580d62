/** The branch of a template's condition in which a line stands; branches of one block exclude each other. */
export interface TemplateBranch {
  readonly block: number;
  /** 0 for `if`, 1 for the `else` behind it. */
  readonly arm: number;
  readonly outer: TemplateBranch | null;
}

/** Blocks around these are not compared. */
const NESTING_MAX = 64;

/** What a statement does to the blocks of its template. */
export type TemplateStep = "open" | "next" | "close";

const STEPS: Readonly<Record<string, readonly (readonly [TemplateStep, RegExp])[]>> = {
  "{%": [
    ["open", /^[-+~]?\s*(?:if|unless|for)\b/],
    ["next", /^[-+~]?\s*(?:elif|elsif|else)\b/],
    ["close", /^[-+~]?\s*(?:endif|endunless|endfor)\b/],
  ],
  "{{": [
    ["open", /^[-~]?\s*(?:(?:if|range|with|define|block)\b|#)/],
    ["next", /^[-~]?\s*else\b/],
    ["close", /^[-~]?\s*(?:end\b|\/(?!\*))/],
  ],
  "<%": [
    ["next", /^-?\s*(?:(?:elsif|else|when)\b|\}.*\{\s*-?$)/],
    ["close", /^-?\s*(?:end\b|\}\s*-?$)/],
    ["open", /^-?\s*(?:if|unless|case)\b|\bdo(?:\s*\|[^|]*\|)?\s*-?$|\{(?:\s*\|[^|]*\|)?\s*-?$/],
  ],
  "%{": [
    ["open", /^~?\s*(?:if|for)\b/],
    ["next", /^~?\s*else\b/],
    ["close", /^~?\s*end(?:if|for)\b/],
  ],
  "<#": [
    ["open", /^(?:if|list|switch)\b/],
    ["next", /^(?:else|elseif|case|default)\b/],
  ],
  "</#": [["close", /^(?:if|list|switch)\b/]],
};

/** What the statement `inside` an opening and its closing mark does; undefined for one that begins or ends no block. */
export function readStep(opening: string, inside: string): TemplateStep | undefined {
  return STEPS[opening]?.find(([, pattern]) => pattern.test(inside))?.[0];
}

/** The branch behind a step in `branch`; `block` is a number that no block had before. */
export function branchBehind(branch: TemplateBranch | null, step: TemplateStep, block: number): TemplateBranch | null {
  switch (step) {
    case "open":
      return { block, arm: 0, outer: branch };
    case "next":
      return branch === null ? null : { ...branch, arm: branch.arm + 1 };
    case "close":
      return branch?.outer ?? null;
  }
}

/** True for two places of which a template writes one at most. */
export function areExclusive(left: TemplateBranch | null, right: TemplateBranch | null): boolean {
  const arms = new Map(listBranches(left).map(({ block, arm }) => [block, arm]));
  const shared = listBranches(right).find(({ block }) => arms.has(block));
  return shared !== undefined && arms.get(shared.block) !== shared.arm;
}

function listBranches(innermost: TemplateBranch | null): readonly TemplateBranch[] {
  const branches: TemplateBranch[] = [];
  for (let branch = innermost; branch !== null && branches.length < NESTING_MAX; branch = branch.outer) {
    branches.push(branch);
  }
  return branches;
}
