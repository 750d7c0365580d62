import { isIP } from "node:net";
import { BOUNDS } from "../bounds.ts";

/** What a chain of proxies says about one hop: who sent the request to it, and by which scheme. */
export interface Hop {
  /** Null where it is hidden or cannot be read. */
  readonly address: string | null;
  /** In lower case; null where it is not said. */
  readonly proto: string | null;
}

/** Reads `X-Forwarded-For` and `X-Forwarded-Proto`: the hops, the nearest last. A scheme is that of the nearest hop. */
export function readForwardedFor(forwardedFor: string, proto: string | undefined): readonly Hop[] {
  const addresses = forwardedFor.split(",").slice(-BOUNDS.forwardedHopsMax);
  const nearest = proto?.split(",").at(-1)?.trim().toLowerCase() ?? null;
  return addresses.map((text, i) => ({
    address: parseNode(text.trim()),
    proto: i === addresses.length - 1 ? nearest : null,
  }));
}

/** Reads `Forwarded` (RFC 7239): the hops, the nearest last. */
export function readForwarded(text: string): readonly Hop[] {
  return splitOutsideQuotes(text, ",")
    .slice(-BOUNDS.forwardedHopsMax)
    .map((element) => {
      const pairs = new Map(
        splitOutsideQuotes(element, ";").map((pair) => {
          const [name = "", ...value] = pair.split("=");
          return [name.trim().toLowerCase(), unquote(value.join("=").trim())] as const;
        }),
      );
      return { address: parseNode(pairs.get("for") ?? ""), proto: pairs.get("proto")?.toLowerCase() ?? null };
    });
}

/** The sender of the request: the nearest hop that is no trusted proxy, else the farthest one; null where it is not said. */
export function findClient(hops: readonly Hop[], isTrusted: (address: string) => boolean): string | null {
  let found: string | null = null;
  for (const { address } of hops.toReversed()) {
    // What stands before a hidden hop may be the client's own.
    if (address === null) return found;
    found = address;
    if (!isTrusted(address)) return found;
  }
  return found;
}

/** `10.0.0.1`, `10.0.0.1:5000`, `::1` or `[::1]:5000`: the address; null for anything else, such as `unknown`. */
function parseNode(text: string): string | null {
  const [, bracketed] = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text) ?? [];
  const address = bracketed ?? (isIP(text) === 0 ? text.replace(/:\d{1,5}$/, "") : text);
  return isIP(address) === 0 || address.includes("%") ? null : address.toLowerCase();
}

function splitOutsideQuotes(text: string, separator: "," | ";"): string[] {
  const parts = [""];
  let isQuoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] ?? "";
    if (char === '"') isQuoted = !isQuoted;
    if (char === separator && !isQuoted) {
      parts.push("");
      continue;
    }
    parts[parts.length - 1] += char;
    // An escaped character does not end a quoted string.
    if (char === "\\" && isQuoted) parts[parts.length - 1] += text[(i += 1)] ?? "";
  }
  return parts;
}

function unquote(text: string): string {
  return /^".*"$/.test(text) ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text;
}
