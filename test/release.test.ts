import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import {
  ALLOWED_LICENCES,
  type Bom,
  FONT_PACKAGES,
  formatLicence,
  parseLicences,
  selectShipped,
} from "../scripts/shipped-packages.ts";
import { unreleasedChanges } from "../scripts/unreleased-changes.ts";

const ROOT = join(import.meta.dirname, "..");

describe("the changes of a release", () => {
  test("are the entries under Unreleased alone", () => {
    const changelog =
      "# Changelog\n\n## Unreleased\n\n- [FEATURE] a: b\n- [BUGFIX] c: d\n\n## 0.1.0\n\n- [FEATURE] e: f\n";
    expect(unreleasedChanges(changelog)).toEqual(["- [FEATURE] a: b", "- [BUGFIX] c: d"]);
    expect(unreleasedChanges("# Changelog\n\n## Unreleased\n\n- [FEATURE] a: b\n")).toHaveLength(1);
    expect(unreleasedChanges("# Changelog\n\n## 0.1.0\n\n- a\n")).toEqual([]);
  });

  test("are read from the changelog as it stands", () => {
    expect(unreleasedChanges(readFileSync(join(ROOT, "CHANGELOG.md"), "utf8")).length).toBeGreaterThan(0);
  });
});

test("nothing of ours runs when the package is installed", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Readonly<Record<string, string>>;
  };
  const hooks = ["preinstall", "install", "postinstall", "prepare", "prepublish", "preuninstall", "uninstall"];
  expect(hooks.filter((name) => scripts[name] !== undefined)).toEqual([]);
});

describe("the packages that are shipped", () => {
  const inter = { name: "@fontsource-variable/inter", version: "5.3.0", license: "OFL-1.1" };
  const zod = { name: "zod", version: "4.6.7", license: "MIT" };

  test("are read from the lists of the bundles, each once", () => {
    const list = `# Licenses\n${formatLicence(zod, "MIT License")}${formatLicence(inter, "SIL")}`;
    expect(parseLicences([list, list])).toEqual([inter, zod]);
  });

  test("are the components of the bill of materials, with the dependencies between them", () => {
    const component = (name: string, version: string) => ({ "bom-ref": `${name}@${version}`, name, version });
    const bom: Bom = {
      metadata: { component: { "bom-ref": "haprobe@0.1.0", name: "checkout" } },
      components: [component("zod", "4.6.7"), component("zod", "3.0.0"), component("vitest", "5.1.1")],
      dependencies: [
        { ref: "haprobe@0.1.0", dependsOn: ["zod@4.6.7", "vitest@5.1.1"] },
        { ref: "vitest@5.1.1", dependsOn: ["zod@3.0.0"] },
      ],
    };
    expect(selectShipped(bom, "haprobe", [zod, inter])).toEqual({
      bom: {
        metadata: { component: { "bom-ref": "haprobe@0.1.0", name: "haprobe" } },
        components: [component("zod", "4.6.7")],
        dependencies: [{ ref: "haprobe@0.1.0", dependsOn: ["zod@4.6.7"] }],
      },
      missing: ["@fontsource-variable/inter@5.3.0"],
    });
  });

  test("are no development packages in the bill of materials, although npm calls what is bundled so", () => {
    const labels = [
      { name: "cdx:npm:package:development", value: "true" },
      { name: "cdx:npm:package:path", value: "node_modules/zod" },
    ];
    const component = { "bom-ref": "zod@4.6.7", name: "zod", version: "4.6.7", properties: labels };
    const bom: Bom = {
      metadata: { component: { "bom-ref": "haprobe@0.1.0", name: "haprobe" } },
      components: [component],
      dependencies: [],
    };
    expect(selectShipped(bom, "haprobe", [zod]).bom.components).toEqual([{ ...component, properties: [labels[1]] }]);
  });

  test("have licences that permit it, the fonts among them", () => {
    const names = Object.keys(
      (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { devDependencies: object }).devDependencies,
    );
    expect(names.filter((name) => name.startsWith("@fontsource"))).toEqual([...FONT_PACKAGES]);
    for (const name of FONT_PACKAGES) {
      const { license } = JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")) as {
        license: string;
      };
      expect(ALLOWED_LICENCES).toContain(license);
    }
  });
});

test("npm run release publishes nothing, and does nothing without --dry-run", async () => {
  const script = join(ROOT, "scripts/release.ts");
  expect(readFileSync(script, "utf8")).not.toMatch(/"publish"/);
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { private: boolean };
  expect(manifest.private).toBe(true);
  await expect(promisify(execFile)(process.execPath, [script])).rejects.toMatchObject({ code: 2 });
});
