/** Statuses of `grpc.health.v1.Health/Check`, by their numbers in health.proto. */
export const SERVING_STATUSES = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"] as const;
export type ServingStatus = (typeof SERVING_STATUSES)[number];

/** A health response is a few bytes; anything longer is not one. */
const MESSAGE_MAX_BYTES = 4_096;
const FRAME_HEADER_BYTES = 5;

/** `HealthCheckRequest {string service = 1}` in gRPC's framing: uncompressed flag, length, message. */
export function encodeHealthRequest(service: string): Buffer {
  const name = Buffer.from(service, "utf8");
  // Protocol buffers omit empty fields.
  const message =
    name.length === 0 ? name : Buffer.concat([Buffer.from([SERVICE_TAG]), encodeVarint(name.length), name]);
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** Parses `HealthCheckResponse {ServingStatus status = 1}` with its framing; null for anything else. */
export function parseHealthResponse(frame: Buffer): ServingStatus | null {
  if (frame.length < FRAME_HEADER_BYTES || frame[0] !== 0) return null;
  const length = frame.readUInt32BE(1);
  if (length > MESSAGE_MAX_BYTES || frame.length !== FRAME_HEADER_BYTES + length) return null;
  const status = parseStatus(frame.subarray(FRAME_HEADER_BYTES));
  return status === null ? null : (SERVING_STATUSES[status] ?? "UNKNOWN");
}

/** Tags: field number and wire type. */
const STATUS_TAG = 0x08;
const SERVICE_TAG = 0x0a;
const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;

/** Field 1 as a number, 0 where it is absent; unknown fields are skipped. Null for an invalid message. */
function parseStatus(message: Buffer): number | null {
  let status = 0;
  let at = 0;
  while (at < message.length) {
    const tag = decodeVarint(message, at);
    if (tag === null) return null;
    const field = skipField(message, tag.next, tag.value & 7);
    if (field === null) return null;
    if (tag.value === STATUS_TAG) status = field.value;
    at = field.next;
  }
  return status;
}

interface DecodedField {
  readonly value: number;
  readonly next: number;
}

function skipField(message: Buffer, at: number, wireType: number): DecodedField | null {
  if (wireType === WIRE_VARINT) return decodeVarint(message, at);
  const length = wireType === WIRE_BYTES ? decodeVarint(message, at) : null;
  const next =
    wireType === WIRE_FIXED64
      ? at + 8
      : wireType === WIRE_FIXED32
        ? at + 4
        : length === null
          ? -1
          : length.next + length.value;
  return next < 0 || next > message.length ? null : { value: 0, next };
}

/** At most 10 bytes of 7 bits; values here are small, so the loss of precision beyond 2^53 does not matter. */
function decodeVarint(message: Buffer, from: number): DecodedField | null {
  let value = 0;
  for (let i = 0; i < 10; i += 1) {
    const byte = message[from + i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: from + i + 1 };
  }
  return null;
}

function encodeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}
