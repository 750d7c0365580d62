export interface ServerAddress {
  readonly host: string;
  /** Null where the line names none, or a template decides it. */
  readonly port: number | null;
  /** A socket of the same machine, which is no server of the network. */
  readonly isSocket: boolean;
}

/** Reads the address of a `server` line: `10.0.0.1:6443`, `[::1]:80`, `ipv4@name:443`, `unix@/path`, `name`. */
export function readAddress(text: string): ServerAddress {
  if (/^(?:unix@|abnsz?@|fd@|sockpair@|\/)/.test(text)) return { host: text, port: null, isSocket: true };
  const plain = text.replace(/^(?:ipv[46]|udp[46]?|tcp[46]?|quic[46]|rhttp)@/, "");
  const colon = plain.lastIndexOf(":");
  if (colon < 0) return { host: plain, port: null, isSocket: false };
  const port = plain.slice(colon + 1);
  const isPort = /^\d{1,5}$/.test(port);
  return { host: plain.slice(0, colon), port: isPort ? Number(port) : null, isSocket: false };
}
