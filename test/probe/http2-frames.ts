/** Frame types of RFC 9113 that tests send. */
export const DATA = 0x0;
export const HEADERS = 0x1;
export const SETTINGS = 0x4;
export const PUSH_PROMISE = 0x5;
export const PING = 0x6;
export const CONTINUATION = 0x9;

export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;

/** One HTTP/2 frame. */
export function http2Frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** HPACK: `:status: 200` from the static table, and `:status: 103` as a literal. */
export const STATUS_200 = Buffer.from([0x88]);
export const STATUS_103 = Buffer.from([0x08, 0x03, 0x31, 0x30, 0x33]);
