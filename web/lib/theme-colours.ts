/** Colours of the present theme, by token of styles/tokens.css without its dashes. */
export interface ThemeColours {
  readonly theme: string;
  readonly of: (token: string) => string;
}

let cached: ThemeColours | null = null;

/** Values of the colour tokens for what is painted on a canvas, read once per theme. */
export function themeColours(root: HTMLElement = document.documentElement): ThemeColours {
  const theme = root.getAttribute("data-mantine-color-scheme") ?? "light";
  if (cached?.theme === theme) return cached;
  const style = getComputedStyle(root);
  const known = new Map<string, string>();
  const of = (token: string): string => {
    let value = known.get(token);
    if (value === undefined) {
      value = style.getPropertyValue(`--${token}`).trim();
      known.set(token, value);
    }
    return value;
  };
  cached = { theme, of };
  return cached;
}
