import type { Visibility } from "./visibility.ts";

const INSTANCE_LABEL = /[{,]haproxy="([^"\\]*)"/;

/** The lines of the metrics that a sender sees: those of its instances, and those about haprobe itself. */
export function visibleMetrics(text: string, visibility: Visibility): string {
  if (visibility.seesAllInstances) return text;
  return text
    .split("\n")
    .filter((line) => {
      const instance = line.startsWith("#") ? undefined : INSTANCE_LABEL.exec(line)?.[1];
      return instance === undefined || visibility.sees(instance);
    })
    .join("\n");
}
