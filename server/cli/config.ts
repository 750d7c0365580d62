import { renderSettings } from "../config/render.ts";
import { settingsJsonSchema } from "../config/schema.ts";
import { EXIT } from "./exit-code.ts";
import { type CommonOptions, complaintsText, loadFor } from "./options.ts";

/** `haprobe config check`: says whether the configuration is right, or every complaint. */
export function configCheck(options: CommonOptions, print: (text: string) => void): number {
  const loaded = loadFor(options);
  if (loaded.kind === "broken") {
    process.stderr.write(`${complaintsText(loaded)}\n`);
    return EXIT.config;
  }
  for (const warning of loaded.warnings) process.stderr.write(`${warning}\n`);
  const { instances, rules } = loaded.settings;
  print(`${loaded.file ?? "no configuration file"}: ok, ${instances.length} instances, ${rules.length} rules\n`);
  return EXIT.ok;
}

/** `haprobe config print`: the configuration as it is understood, without secrets. */
export function configPrint(options: CommonOptions, print: (text: string) => void): number {
  const loaded = loadFor(options);
  if (loaded.kind === "broken") {
    process.stderr.write(`${complaintsText(loaded)}\n`);
    return EXIT.config;
  }
  print(renderSettings(loaded.settings));
  return EXIT.ok;
}

/** `haprobe config schema`: JSON schema for editors. */
export function configSchema(print: (text: string) => void): number {
  print(`${JSON.stringify(settingsJsonSchema(), null, 2)}\n`);
  return EXIT.ok;
}
