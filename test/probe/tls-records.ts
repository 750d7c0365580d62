const [HANDSHAKE, SERVER_HELLO, CERTIFICATE] = [22, 2, 11];

/** A record of TLS 1.2. */
export function tlsRecord(type: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.from([type, 3, 3, bytes.length >> 8, bytes.length & 255]), bytes]);
}

function handshakeHead(type: number, length: number): Buffer {
  return Buffer.from([type, length >> 16, (length >> 8) & 255, length & 255]);
}

/** What a TLS 1.2 server sends whose certificate has 90 kB, comes in records of one byte each, and never ends. */
export function unfinishedCertificate(): Buffer {
  const hello = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    // No session, ECDHE-RSA-AES128-GCM-SHA256, no compression, renegotiation_info.
    Buffer.from([0, 0xc0, 0x2f, 0, 0, 5, 0xff, 0x01, 0, 1, 0]),
  ]);
  const size = 90_000;
  const byte = tlsRecord(HANDSHAKE, "\0");
  return Buffer.concat([
    tlsRecord(HANDSHAKE, Buffer.concat([handshakeHead(SERVER_HELLO, hello.length), hello])),
    tlsRecord(HANDSHAKE, handshakeHead(CERTIFICATE, size)),
    ...Array.from({ length: size - 1 }, () => byte),
  ]);
}

/** Suites of DHE with RSA, in which the server chooses the group. */
export const DHE_SUITES: readonly number[] = [
  0x0033, 0x0039, 0x0067, 0x006b, 0x009e, 0x009f, 0xc052, 0xc053, 0xc09e, 0xc09f, 0xc0a2, 0xc0a3, 0xccaa,
];

/** The cipher suites that a ClientHello offers, as IANA's numbers. */
export function readCipherSuites(clientHello: Buffer): number[] {
  // Header of the record and of the handshake, version and random, then the session id.
  const sessionIdAt = 5 + 4 + 2 + 32;
  const suitesAt = sessionIdAt + 1 + clientHello.readUInt8(sessionIdAt);
  const bytes = clientHello.readUInt16BE(suitesAt);
  return Array.from({ length: bytes / 2 }, (_, n) => clientHello.readUInt16BE(suitesAt + 2 + 2 * n));
}
