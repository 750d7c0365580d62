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
