const SECRET =
  /((?:authorization|cookie|token|password|passwd|secret|api-?key)\S*?(?:[\s:=\\"']+)(?:(?:basic|bearer)[\s\\]+)?)[^\s"'\\]+/gi;

/** A line of haproxy.cfg without what looks like a secret: credentials of a check's request, passwords. */
export function redactLine(line: string): string {
  return line.replace(SECRET, "$1…").replace(/(\bstats\s+auth\s+[^:\s]+:)\S+/, "$1…");
}
