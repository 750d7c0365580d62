import { exposureOf, formatListenAddress, type ListenerSettings, missingProtection } from "../contract/listen.ts";

/** Why this listener is refused and how to cure it; null where it is not. */
export function openListenerError(settings: ListenerSettings): string | null {
  if (exposureOf(settings) !== "refused") return null;
  const missing = missingProtection(settings);
  return `is ${formatListenAddress(settings.listen)}, which other machines reach, without ${missing}; set tls and auth, listen on 127.0.0.1:PORT or unix:PATH, or write listen-insecurely: true, which serves reading only`;
}
