/** Output formats of `check`. */
export const CHECK_FORMATS = ["table", "json", "plugin"] as const;

/** Output formats of `lint`. */
export const LINT_FORMATS = ["text", "json", "sarif", "github"] as const;
