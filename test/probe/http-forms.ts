/** How a form of response is read: by HAProxy's check (null: its versions differ) and by our probe. */
export interface HttpForm {
  readonly name: string;
  readonly bytes: string;
  readonly haproxy: "200" | "refused" | null;
  /** `unknown` is `probe-cannot-speak`, `failed` is `probe-protocol-error`. */
  readonly haprobe: "passed" | "unknown" | "failed";
}

const OK = "HTTP/1.1 200 OK\r\n";
const END = "content-length: 2\r\nconnection: close\r\n\r\nok";
const CHUNKS = "\r\n2\r\nok\r\n0\r\n\r\n";

function headers(count: number, length: number): string {
  return Array.from({ length: count }, (_, n) => `x${n}: ${"y".repeat(length)}\r\n`).join("");
}

/** Every row of docs/http-responses.md, in its order. */
export const HTTP_FORMS: readonly HttpForm[] = [
  { name: "no reason phrase", bytes: `HTTP/1.1 200\r\n${END}`, haproxy: "200", haprobe: "passed" },
  { name: "HTTP/1.0 without headers", bytes: "HTTP/1.0 200 OK\r\n\r\nok", haproxy: "200", haprobe: "passed" },
  { name: "no length: the body ends with the connection", bytes: `${OK}\r\nok`, haproxy: "200", haprobe: "passed" },
  {
    name: "every line of the head ends in a bare LF",
    bytes: "HTTP/1.1 200 OK\ncontent-length: 2\nconnection: close\n\nok",
    haproxy: "200",
    haprobe: "passed",
  },
  { name: "a header folded over lines", bytes: `${OK}x: a\r\n b\r\n\tc\r\n${END}`, haproxy: "200", haprobe: "passed" },
  {
    name: "control characters in a header's value",
    bytes: `${OK}set-cookie: a=\x01\x0b\x1b\x7fb\r\n${END}`,
    haproxy: "200",
    haprobe: "passed",
  },
  {
    name: "control characters in the reason phrase",
    bytes: `HTTP/1.1 200 O\x01K\r\n${END}`,
    haproxy: "200",
    haprobe: "passed",
  },
  {
    name: "bytes above 127 in a value or in the reason phrase",
    bytes: `HTTP/1.1 200 \xe9\r\nx: \xe9\r\n${END}`,
    haproxy: "200",
    haprobe: "passed",
  },
  {
    name: "chunks under HTTP/1.0",
    bytes: `HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n${CHUNKS}`,
    haproxy: "200",
    haprobe: "passed",
  },
  { name: "more bytes than the length", bytes: `${OK}${END}more`, haproxy: "200", haprobe: "passed" },
  { name: "101 headers", bytes: OK + headers(99, 1) + END, haproxy: "200", haprobe: "passed" },
  {
    name: "line ends of both kinds in a head",
    bytes: `${OK}x: a\n${END}`,
    haproxy: "200",
    haprobe: "unknown",
  },
  {
    name: "bare LF in chunks",
    bytes: `${OK}transfer-encoding: chunked\r\n\r\n2\nok\n0\n\n`,
    haproxy: null,
    haprobe: "unknown",
  },
  { name: "CR within a header", bytes: `${OK}x: a\rb\r\n${END}`, haproxy: "refused", haprobe: "unknown" },
  { name: "NUL in a header", bytes: `${OK}x: a\0b\r\n${END}`, haproxy: null, haprobe: "unknown" },
  {
    name: "a folded header that the probe reads",
    bytes: `${OK}content-length:\r\n 2\r\n\r\nok`,
    haproxy: "200",
    haprobe: "unknown",
  },
  { name: "a blank before the first header", bytes: `${OK} x: a\r\n${END}`, haproxy: "refused", haprobe: "unknown" },
  { name: "HTTP/1.2", bytes: `HTTP/1.2 200 OK\r\n${END}`, haproxy: "200", haprobe: "unknown" },
  { name: "HTTP/2.0 in the form of HTTP/1", bytes: `HTTP/2.0 200 OK\r\n${END}`, haproxy: "200", haprobe: "unknown" },
  { name: "two blanks before the status", bytes: `HTTP/1.1  200 OK\r\n${END}`, haproxy: "200", haprobe: "unknown" },
  { name: "an empty line before the status line", bytes: `\r\n${OK}${END}`, haproxy: "200", haprobe: "unknown" },
  { name: "the same length twice", bytes: `${OK}content-length: 2\r\n${END}`, haproxy: "200", haprobe: "unknown" },
  { name: "two lengths", bytes: `${OK}content-length: 3\r\n${END}`, haproxy: "refused", haprobe: "unknown" },
  {
    name: "a length that is no number",
    bytes: `${OK}content-length: +2\r\n\r\nok`,
    haproxy: "refused",
    haprobe: "unknown",
  },
  {
    name: "a length beside chunks",
    bytes: `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n${CHUNKS}`,
    haproxy: "200",
    haprobe: "unknown",
  },
  {
    name: "a transfer-encoding other than chunked",
    bytes: `${OK}transfer-encoding: gzip, chunked\r\n${CHUNKS}`,
    haproxy: "refused",
    haprobe: "unknown",
  },
  {
    name: "chunked twice",
    bytes: `${OK}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n${CHUNKS}`,
    haproxy: "refused",
    haprobe: "unknown",
  },
  {
    name: "broken chunks",
    bytes: `${OK}transfer-encoding: chunked\r\n\r\nzz\r\nok`,
    haproxy: "refused",
    haprobe: "unknown",
  },
  { name: "a blank before a colon", bytes: `${OK}x : a\r\n${END}`, haproxy: "refused", haprobe: "unknown" },
  { name: "a header without a colon", bytes: `${OK}garbage\r\n${END}`, haproxy: "refused", haprobe: "unknown" },
  {
    name: "bytes above 127 in a header's name",
    bytes: `${OK}\xe9: a\r\n${END}`,
    haproxy: "refused",
    haprobe: "unknown",
  },
  { name: "102 headers", bytes: OK + headers(100, 1) + END, haproxy: "refused", haprobe: "unknown" },
  { name: "a head of 40 kB", bytes: OK + headers(40, 1_000) + END, haproxy: "refused", haprobe: "unknown" },
  { name: "ICY of SHOUTcast", bytes: `ICY 200 OK\r\n${END}`, haproxy: "refused", haprobe: "unknown" },
  { name: "RTSP", bytes: `RTSP/1.0 200 OK\r\n${END}`, haproxy: "200", haprobe: "unknown" },
  {
    name: "the name of HTTP in small letters",
    bytes: `http/1.1 200 OK\r\n${END}`,
    haproxy: "refused",
    haprobe: "failed",
  },
  { name: "no version", bytes: `HTTP 200 OK\r\n${END}`, haproxy: "refused", haprobe: "failed" },
  { name: "a version of other digits", bytes: `HTTP/1.10 200 OK\r\n${END}`, haproxy: "refused", haprobe: "failed" },
  { name: "another protocol", bytes: "SSH-2.0-OpenSSH_9.2\r\n", haproxy: "refused", haprobe: "failed" },
];
