import { createHash, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { HttpProbe } from "../contract/target.ts";

/** One opening handshake of WebSocket (RFC 6455, 4.1). */
export interface WebSocketUpgrade {
  /** Header lines of the request. */
  readonly headerLines: string;
  /** The `sec-websocket-accept` that proves that the server has read the key. */
  readonly accept: string;
}

/** Appended to the key before hashing (RFC 6455, 1.3). */
const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Whether a probe expects 101, which only an upgrade request gets. */
export function isWebSocketProbe({ expectStatus }: HttpProbe): boolean {
  return expectStatus.some(({ from, to }) => from === 101 && to === 101);
}

/** Starts a handshake with a key of its own. */
export function startWebSocketUpgrade(): WebSocketUpgrade {
  const key = randomBytes(16).toString("base64");
  const lines = ["connection: Upgrade", "upgrade: websocket", "sec-websocket-version: 13", `sec-websocket-key: ${key}`];
  return {
    headerLines: lines.map((line) => `${line}\r\n`).join(""),
    accept: createHash("sha1").update(`${key}${ACCEPT_SUFFIX}`).digest("base64"),
  };
}

/** Why a response with 101 does not complete the handshake; null where it does. */
export function upgradeError(upgrade: WebSocketUpgrade | null, headers: IncomingHttpHeaders): string | null {
  if (upgrade === null) return "the server switched protocols without a request for it";
  if (headers.upgrade?.toLowerCase() !== "websocket") return "the server switched to another protocol than WebSocket";
  return headers["sec-websocket-accept"] === upgrade.accept ? null : "Sec-WebSocket-Accept does not match the key";
}
