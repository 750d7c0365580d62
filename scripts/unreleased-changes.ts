/** The entries under `## Unreleased` of a changelog. */
export function unreleasedChanges(changelog: string): readonly string[] {
  const [, section = ""] = /^## Unreleased\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(changelog) ?? [];
  return section.split("\n").filter((line) => line.startsWith("- "));
}
