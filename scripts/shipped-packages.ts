/** Packages of fonts that the dashboard's style sheets name. */
export const FONT_PACKAGES = ["@fontsource-variable/inter", "@fontsource-variable/jetbrains-mono"] as const;

/** Licences under which a package may be shipped: each permits that with its text alone. */
export const ALLOWED_LICENCES: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT-0",
  "OFL-1.1",
  "Unlicense",
]);

/** The used part of a package.json. */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** A licence in the form of vite's list. */
export function formatLicence({ name, version, license }: PackageManifest, text: string): string {
  return `\n## ${name} - ${version} (${license})\n\n${text.trim()}\n`;
}

/** The packages of lists that vite and `formatLicence` wrote, each once, by name. */
export function parseLicences(lists: readonly string[]): readonly PackageManifest[] {
  const found = new Map<string, PackageManifest>();
  for (const list of lists) {
    for (const [, name = "", version = "", license = ""] of list.matchAll(/^## (\S+) - (\S+) \((.+)\)$/gm)) {
      found.set(`${name}@${version}`, { name, version, license });
    }
  }
  return [...found.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, manifest]) => manifest);
}

interface BomComponent {
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/** The used part of a CycloneDX document. */
export interface Bom {
  readonly metadata: { readonly component: { readonly "bom-ref": string; readonly name: string } };
  readonly components: readonly BomComponent[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** What npm says of each package in `devDependencies`, where all that is bundled stands. */
const DEVELOPMENT = "cdx:npm:package:development";

/**
 * The document with those components only that are shipped, none of them called a development package, and with the name
 * of the package in place of its folder's. A package that is shipped and not in the document is in `missing`.
 */
export function selectShipped<T extends Bom>(
  bom: T,
  name: string,
  shipped: readonly PackageManifest[],
): { readonly bom: T; readonly missing: readonly string[] } {
  const wanted = new Set(shipped.map((each) => `${each.name}@${each.version}`));
  const components = bom.components
    .filter((component) => wanted.has(`${component.name}@${component.version}`))
    .map(withoutDevelopmentLabel);
  const known = new Set(components.map((component) => `${component.name}@${component.version}`));
  const own = bom.metadata.component;
  const refs = new Set([own["bom-ref"], ...components.map((component) => component["bom-ref"])]);
  const dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }));
  const metadata = { ...bom.metadata, component: { ...own, name } };
  return {
    bom: { ...bom, metadata, components, dependencies },
    missing: [...wanted].filter((each) => !known.has(each)),
  };
}

function withoutDevelopmentLabel(component: BomComponent): BomComponent {
  const { properties } = component;
  if (properties === undefined) return component;
  return { ...component, properties: properties.filter(({ name }) => name !== DEVELOPMENT) };
}
