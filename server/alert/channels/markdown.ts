/** Escapes what Markdown would format, so that a line is shown as it is written. */
export function escapeMarkdown(line: string): string {
  return line
    .replace(/[\\`*_~[\]|<>#&]/g, "\\$&")
    .replace(/^(\s*)([-+])/, "$1\\$2")
    .replace(/^(\s*\d+)([.)])/, "$1\\$2");
}
