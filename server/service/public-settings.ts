import { exposureOf, formatListenAddress, isWritable } from "../contract/listen.ts";
import type { Settings } from "../contract/settings.ts";

/** What every reader may know of the configuration. */
export function toPublicSettings(settings: Settings): Readonly<Record<string, string | number | boolean | null>> {
  return {
    listen: formatListenAddress(settings.listen),
    readOnly: !isWritable(exposureOf(settings)),
    publicUrl: settings.publicUrl,
    instances: settings.instances.length,
    rules: settings.rules.length,
    channels: settings.alerts.channels.length,
  };
}
