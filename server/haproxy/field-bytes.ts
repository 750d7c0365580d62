/** What separates fields and records, in answers that are read byte by byte. */
export const LF = 10;
export const SPACE = 32;
export const QUOTE = 34;
export const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;

/** The bytes from `from` to `to` as a whole number; null where there are none, or something else. */
export function parseInteger(bytes: Uint8Array, from: number, to: number): number | null {
  const negative = bytes[from] === MINUS;
  let at = negative ? from + 1 : from;
  if (at >= to) return null;
  let value = 0;
  for (; at < to; at += 1) {
    const c = bytes[at] ?? 0;
    if (c < ZERO || c > NINE) return null;
    value = value * 10 + (c - ZERO);
  }
  return negative ? -value : value;
}

/** Whether the bytes from `from` to `to` are these characters, one for each, and none above `most`. */
export function equalsText(bytes: Uint8Array, from: number, to: number, text: string, most = 0xff): boolean {
  if (to - from !== text.length) return false;
  for (let i = 0; i < text.length; i += 1) {
    const byte = bytes[from + i] ?? 0;
    if (byte !== text.charCodeAt(i) || byte > most) return false;
  }
  return true;
}
