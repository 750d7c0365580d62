import { parseSync } from "vite";
import { IMPURE_GLOBALS } from "./folder-rules.ts";

/** What a source file leans on, read from its syntax tree. */
export interface SourceFacts {
  /** Each module that is imported or exported from, types included, as it is written. */
  readonly imports: readonly string[];
  /** Globals that make an answer depend on more than the arguments: `Date`, `Math.random`, `setTimeout` … */
  readonly impurities: readonly string[];
}

interface Node {
  readonly type: string;
  readonly [property: string]: unknown;
}

const IMPURE = new Set(IMPURE_GLOBALS);

/** Reads one TypeScript file; throws if it cannot be parsed, and on an import whose module is not a plain string. */
export function readSource(path: string, text: string): SourceFacts {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors.map((error) => error.message).join("; ")}`);
  const imports = new Set<string>();
  const impurities = new Set<string>();
  walk(program as unknown as Node, (node, parent, property) => {
    const module = moduleOf(node);
    if (module !== null) imports.add(literal(path, module));
    if (node.type === "Identifier" && !isName(parent, property)) {
      const name = String(node["name"]);
      if (IMPURE.has(name)) impurities.add(name);
      if (name === "Math" && memberOf(parent) === "random") impurities.add("Math.random");
      if (name === "Math" && parent.type === "VariableDeclarator") impurities.add("Math");
    }
  });
  return { imports: [...imports], impurities: [...impurities] };
}

/** The node that names the module, for everything that loads one. */
function moduleOf(node: Node): unknown {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
    case "ImportExpression":
    case "TSImportType":
      return node["source"] ?? node["argument"] ?? null;
    case "TSExternalModuleReference":
      return node["expression"];
    case "CallExpression":
      return isIdentifier(node["callee"], "require") ? ((node["arguments"] as unknown[])[0] ?? null) : null;
    default:
      return null;
  }
}

function literal(path: string, module: unknown): string {
  const value = isNode(module) ? (isNode(module["literal"]) ? module["literal"] : module)["value"] : undefined;
  // A computed name would slip past every rule.
  if (typeof value !== "string") throw new Error(`${path}: an import must name its module as a plain string`);
  return value;
}

/** True where an identifier only names a property or a key, as `date` in `row.date`. */
function isName(parent: Node, property: string): boolean {
  if (parent["computed"] === true) return false;
  if (property === "property") return parent.type === "MemberExpression";
  return property === "key" && parent["shorthand"] !== true;
}

function memberOf(parent: Node): string | null {
  const property = parent["property"];
  if (parent.type !== "MemberExpression" || !isNode(property)) return null;
  return String(property["name"] ?? property["value"]);
}

function isIdentifier(node: unknown, name: string): boolean {
  return isNode(node) && node.type === "Identifier" && node["name"] === name;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

function walk(node: Node, visit: (node: Node, parent: Node, property: string) => void): void {
  for (const [property, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (!isNode(child)) continue;
      visit(child, node, property);
      walk(child, visit);
    }
  }
}
