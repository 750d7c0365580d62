import { BOUNDS } from "../bounds.ts";

/** Targets whose guessed plain HTTP was answered with "this port speaks TLS". */
export interface DetectedHttps {
  has(targetKey: string): boolean;
  add(targetKey: string): void;
  delete(targetKey: string): void;
}

/** Makes the memory; when it is full the oldest is forgotten, and learnt again by one probe. */
export function createDetectedHttps(max: number = BOUNDS.serversMax): DetectedHttps {
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

/** What Go, nginx and Apache answer, with a 400, to plain HTTP on a TLS port. */
const TLS_PORT_ERRORS = [
  "Client sent an HTTP request to an HTTPS server",
  "The plain HTTP request was sent to HTTPS port",
  "speaking plain HTTP to an SSL-enabled server port",
];

/** Whether an answer to plain HTTP says that the port speaks TLS. */
export function isTlsPortError(status: number | null, body: string): boolean {
  return status === 400 && TLS_PORT_ERRORS.some((sentence) => body.includes(sentence));
}
