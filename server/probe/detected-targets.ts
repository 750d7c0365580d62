import { BOUNDS } from "../bounds.ts";

/** Keys of targets whose protocol was detected by a probe. */
export interface DetectedTargets {
  has(targetKey: string): boolean;
  add(targetKey: string): void;
  delete(targetKey: string): void;
}

/** Creates an empty set; when it is full the oldest key is dropped, and detected again by its next probe. */
export function createDetectedTargets(max: number = BOUNDS.serversMax): DetectedTargets {
  const keys = new Set<string>();
  return {
    has: (key) => keys.has(key),
    add(key) {
      keys.add(key);
      for (const oldest of keys) {
        if (keys.size <= max) break;
        keys.delete(oldest);
      }
    },
    delete: (key) => void keys.delete(key),
  };
}

/** Sent by Go, nginx and Apache, with a 400, for plain HTTP on a TLS port. */
const TLS_PORT_ERRORS = [
  "Client sent an HTTP request to an HTTPS server",
  "The plain HTTP request was sent to HTTPS port",
  "speaking plain HTTP to an SSL-enabled server port",
];

/** Whether a response to plain HTTP says that the port uses TLS. */
export function isTlsPortError(status: number | null, body: string): boolean {
  return status === 400 && TLS_PORT_ERRORS.some((sentence) => body.includes(sentence));
}
