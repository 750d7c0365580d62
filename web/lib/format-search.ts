/** A query string with its `?`, readable where that is unambiguous; empty without parameters. */
export function formatSearch(parameters: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(parameters).toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  return text === "" ? "" : `?${text}`;
}
