import { defineConfig, type OxlintOverride } from "oxlint";
import { FOLDER_RULES, type FolderRule, IMPURE_GLOBALS } from "./test/architecture/folder-rules.ts";

/** The folder rules once more, for the editor: it marks the line while it is typed. The architecture test is the stricter one. */
function folderOverride([room, rule]: [string, FolderRule]): OxlintOverride {
  const forbidden = rule.folders.includes("*")
    ? []
    : Object.keys(FOLDER_RULES).filter((other) => other !== room && !rule.folders.includes(other));
  const group = forbidden.flatMap((other) => [`**/${other}.ts`, `**/${other}/**`]);
  // The contract has files that are named as folders are, such as store.ts.
  group.push("!./**");
  if (rule.folders.includes("contract")) group.push("!**/contract/*.ts");
  if (rule.node !== "all") group.push("node:*", ...rule.node.map((module) => `!${module}`));
  const allowed = [...rule.folders, ...(rule.node === "all" ? ["node:*"] : rule.node), ...[rule.packages].flat()];
  const message = `server/${room} may import ${allowed.join(", ") || "nothing"}.`;
  return {
    files: [`server/${room}.ts`, `server/${room}/**`],
    rules: {
      "no-restricted-imports": group.length > 0 ? ["error", { patterns: [{ group, message }] }] : "off",
      "no-restricted-globals": rule.pure ? ["error", ...IMPURE_GLOBALS] : "off",
    },
  };
}

export default defineConfig({
  plugins: ["eslint", "typescript", "unicorn", "oxc", "import", "promise", "vitest", "react", "jsx-a11y"],
  categories: { correctness: "error", suspicious: "error" },
  ignorePatterns: ["dist/**", ".cache/**"],
  env: { builtin: true, node: true },
  rules: {
    "import/no-cycle": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/only-throw-error": "error",
    "typescript/return-await": "error",
    "typescript/no-deprecated": "error",
    "typescript/consistent-type-imports": "error",
    "typescript/prefer-readonly": "error",
    eqeqeq: ["error", "always", { null: "ignore" }],
    "no-var": "error",
    "prefer-const": "error",
    "no-param-reassign": "error",
    "unicorn/prefer-node-protocol": "error",

    // tsc says it (noImplicitReturns), and knows that a switch over a union is complete.
    "typescript/consistent-return": "off",
    // After a check that the compiler cannot follow, and where a test reads JSON of its own.
    "typescript/no-unsafe-type-assertion": "off",
    // A copy is made so that a listener may come or go while the rest is told.
    "unicorn/no-useless-spread": "off",
    // `readonly` keeps shared arrays from being sorted in place.
    "unicorn/no-array-sort": "off",
    "unicorn/no-new-array": "off",
    "unicorn/consistent-function-scoping": "off",
    // Untrusted text is searched for control characters.
    "no-control-regex": "off",
    // Style sheets, and packages that only have an effect.
    "import/no-unassigned-import": "off",
    "import/no-named-as-default-member": "off",
    "promise/always-return": "off",
    // The compiler brings React along (`jsx: react-jsx`).
    "react/react-in-jsx-scope": "off",
    // A drawing made of many elements is one picture all the same.
    "jsx-a11y/prefer-tag-over-role": "off",
    // Objects here are closures; none of their functions needs a `this`.
    "typescript/unbound-method": "off",
    // An assertion may be awaited later; one that is forgotten is a floating promise.
    "vitest/valid-expect": "off",
    "vitest/no-conditional-expect": "off",
    // A class of somebody else's may do its work in its constructor.
    "no-new": "off",
    // A ref that holds the latest callback, and a virtual list: faults only under the React Compiler, which is not used.
    "react/refs": "off",
    "react/incompatible-library": "off",
    // A thread's port has no origin.
    "unicorn/require-post-message-target-origin": "off",
    // Other people's names, such as `_socket` of ws.
    "no-underscore-dangle": "off",
  },
  overrides: [
    // The server logs by telemetry and prints by cli; nothing else may write to the terminal or the browser's console.
    { files: ["server/**", "web/**"], rules: { "no-console": "error" } },
    ...Object.entries(FOLDER_RULES).map(folderOverride),
    // A test fails by itself where something is not there; stubs have the old members of what they stand for.
    { files: ["test/**"], rules: { "typescript/no-non-null-assertion": "off", "typescript/no-deprecated": "off" } },
    { files: ["bin/**"], rules: { "no-var": "off", "unicorn/prefer-node-protocol": "off" } },
  ],
});
