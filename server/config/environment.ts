/** Variables of the process, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A text with its variables filled in, and their names; or an error. */
export type SubstitutionResult =
  | { readonly kind: "right"; readonly text: string; readonly variables: readonly string[] }
  | { readonly kind: "wrong"; readonly message: string };

/** Fills in `${NAME}` and `${NAME:-default}`; `$$` is `$`, and any other `$` stays. As in a shell, the default also replaces an empty variable. `allowed` limits the names; null: any. */
export function substituteVariables(
  text: string,
  env: Environment,
  allowed: readonly string[] | null = null,
): SubstitutionResult {
  if (!text.includes("$")) return { kind: "right", text, variables: [] };
  const variables: string[] = [];
  const wrong: string[] = [];
  const filled = text.replace(/\$\$|\$\{([^}]*)(\}?)/g, (whole, inner: string | undefined, end: string) => {
    if (inner === undefined) return "$";
    const [, name = "", fallback] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inner) ?? [];
    if (end === "" || name === "") {
      wrong.push(`${whole} is no variable; expected \${NAME} or \${NAME:-default}, and $$ for a plain $`);
      return "";
    }
    if (allowed !== null && !allowed.includes(name)) {
      wrong.push(`the variable ${name} is not available here; list it in conf-d.variables of the main file`);
      return "";
    }
    variables.push(name);
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (fallback !== undefined) return value || fallback;
    if (value === undefined) {
      wrong.push(`the variable ${name} is not set; set it, or write \${${name}:-default}`);
    }
    return value ?? "";
  });
  return wrong.length > 0 ? { kind: "wrong", message: wrong.join("; ") } : { kind: "right", text: filled, variables };
}
