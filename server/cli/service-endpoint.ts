import type { CommonOptions } from "./options.ts";

/** Which haprobe is asked: the one at `url`, or the one that runs with this configuration. */
export interface ServiceUrlOptions extends CommonOptions {
  readonly url?: URL;
}

/** Where the service listens by its configuration, which is loaded only without a URL; an error text if that is broken. */
export async function serviceUrl(options: ServiceUrlOptions): Promise<URL | string> {
  if (options.url !== undefined) return options.url;
  const { formatConfigErrors, loadConfig } = await import("./options.ts");
  const loaded = loadConfig(options, false);
  if (loaded.kind === "broken") return formatConfigErrors(loaded);
  const { host, port } = loaded.settings.listen;
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return new URL(`http://${reached.includes(":") ? `[${reached}]` : reached}:${port}`);
}
