import { type CommonOptions, formatConfigErrors, loadConfig } from "./options.ts";

/** Which haprobe is asked: the one at `url`, or the one that runs with this configuration. */
export interface ServiceUrlOptions extends CommonOptions {
  readonly url?: URL;
}

/** Where the service listens by its configuration; an error text if that is broken. */
export function serviceUrl(options: ServiceUrlOptions): URL | string {
  if (options.url !== undefined) return options.url;
  const loaded = loadConfig(options, false);
  if (loaded.kind === "broken") return formatConfigErrors(loaded);
  const { host, port } = loaded.settings.listen;
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return new URL(`http://${reached.includes(":") ? `[${reached}]` : reached}:${port}`);
}
