/** Separators in responses that are parsed byte by byte. */
export const LF = 10;
export const SPACE = 32;
export const QUOTE = 34;
export const COMMA = 44;
/** The largest value of HAProxy's ids, weights, codes and durations. */
export const UINT32_MAX = 4_294_967_295;
const MINUS = 45;
const ZERO = 48;

/** Parses the bytes from `from` to `to` as an integer, clamped to the safe integers; null where they are empty or no integer. */
export function parseInteger(bytes: Uint8Array, from: number, to: number): number | null {
  if (from >= to) return null;
  const isNegative = bytes[from] === MINUS;
  let at = isNegative ? from + 1 : from;
  if (at === to) return null;
  let value = 0;
  for (; at < to; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  if (value > Number.MAX_SAFE_INTEGER) value = Number.MAX_SAFE_INTEGER;
  return isNegative ? -value : value;
}

/** Whether the bytes from `from` to `to` equal these Latin-1 characters, and none of them is above `most`. */
export function equalsText(bytes: Uint8Array, from: number, to: number, text: string, most = 0xff): boolean {
  if (to - from !== text.length) return false;
  for (let i = 0; i < text.length; i += 1) {
    const byte = bytes[from + i] ?? 0;
    if (byte !== text.charCodeAt(i) || byte > most) return false;
  }
  return true;
}
