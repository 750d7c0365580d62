import type { CheckDepth } from "../../server/contract/verdict.ts";

/** A check as it can be written, with what it sees. */
export interface CheckVariant {
  readonly name: string;
  /** Lines of the `defaults`, and of the backend; `TLS` and `PLAIN` are addresses of a server that speaks it. */
  readonly defaults?: readonly string[];
  readonly backend: readonly string[];
  readonly depth: CheckDepth;
  /** What HAProxy requests, where it requests something: method and path. */
  readonly request?: string;
}

const tls = (words: string): string => `server s TLS ${words}`;
const plain = (words: string): string => `server s PLAIN ${words}`;
const SSL = "ssl verify none";

/** Pairs of lines that decide together which check a server has. */
export const CHECK_VARIANTS: readonly CheckVariant[] = [
  { name: "a bare check", backend: [plain("check")], depth: "connection" },
  { name: "no check", backend: [plain("")], depth: "none" },
  { name: "a check over the traffic's TLS", backend: [tls(`check ${SSL}`)], depth: "tls" },
  { name: "ssl, and a port for the check", backend: [tls(`check ${SSL} port 1PORT`)], depth: "connection" },
  { name: "ssl, a port and check-ssl", backend: [tls(`check ${SSL} check-ssl port 1PORT`)], depth: "tls" },
  { name: "ssl and no-check-ssl", backend: [tls(`check ${SSL} no-check-ssl`)], depth: "connection" },
  { name: "option tcp-check without rules", backend: ["option tcp-check", plain("check")], depth: "connection" },
  {
    name: "tcp-check with a comment",
    backend: ["option tcp-check", "tcp-check comment x", plain("check")],
    depth: "connection",
  },
  {
    name: "tcp-check connect",
    backend: ["option tcp-check", "tcp-check connect", plain("check")],
    depth: "connection",
  },
  {
    name: "tcp-check connect ssl",
    backend: ["option tcp-check", "tcp-check connect ssl", tls("check verify none")],
    depth: "tls",
  },
  {
    name: "tcp-check connect beside check-ssl",
    backend: ["option tcp-check", "tcp-check connect", tls("check check-ssl verify none")],
    depth: "connection",
  },
  {
    name: "tcp-check connect default beside check-ssl",
    backend: ["option tcp-check", "tcp-check connect default", tls("check check-ssl verify none")],
    depth: "tls",
  },
  {
    name: "option tcp-check over TLS",
    backend: ["option tcp-check", tls("check check-ssl verify none")],
    depth: "tls",
  },
  {
    name: "tcp-check that reads an answer",
    backend: [
      "option tcp-check",
      "tcp-check send GET\\ /x\\ HTTP/1.0\\r\\n\\r\\n",
      "tcp-check expect string 500",
      plain("check"),
    ],
    depth: "application",
  },
  {
    name: "tcp-check rules without the option",
    backend: ["tcp-check connect", "tcp-check expect string x", plain("check")],
    depth: "connection",
  },
  { name: "option httpchk", backend: ["option httpchk", plain("check")], depth: "application", request: "OPTIONS /" },
  {
    name: "option httpchk with a path",
    backend: ["option httpchk /readyz", plain("check")],
    depth: "application",
    request: "OPTIONS /readyz",
  },
  {
    name: "option httpchk with method and path",
    backend: ["option httpchk GET /readyz", plain("check")],
    depth: "application",
    request: "GET /readyz",
  },
  {
    name: "option httpchk twice",
    backend: ["option httpchk GET /a", "option httpchk GET /b", plain("check")],
    depth: "application",
    request: "GET /b",
  },
  {
    name: "a send rule over the option",
    backend: ["option httpchk GET /a", "http-check send meth HEAD uri /b", plain("check")],
    depth: "application",
    request: "HEAD /b",
  },
  {
    name: "a send rule before the option",
    backend: ["http-check send meth GET uri /b", "option httpchk", plain("check")],
    depth: "application",
    request: "GET /b",
  },
  {
    name: "a send rule without a path",
    backend: ["option httpchk GET /a", "http-check send hdr Host x", plain("check")],
    depth: "application",
    request: "GET /a",
  },
  {
    name: "option ssl-hello-chk behind option httpchk",
    backend: ["option httpchk GET /a", "http-check expect status 200", "option ssl-hello-chk", tls("check")],
    depth: "tls",
  },
  {
    name: "option tcp-check behind option httpchk",
    backend: ["option httpchk GET /a", "http-check expect status 200", "option tcp-check", plain("check")],
    depth: "connection",
  },
  {
    name: "option httpchk behind option tcp-check",
    backend: ["option tcp-check", "option httpchk GET /a", plain("check")],
    depth: "application",
    request: "GET /a",
  },
  {
    name: "http-check rules without the option",
    backend: ["http-check send meth GET uri /a", "http-check expect status 200", plain("check")],
    depth: "connection",
  },
  {
    name: "option httpchk of the defaults",
    defaults: ["option httpchk GET /d"],
    backend: [plain("check")],
    depth: "application",
    request: "GET /d",
  },
  {
    name: "an own send rule over the defaults",
    defaults: ["option httpchk GET /d"],
    backend: ["http-check send meth GET uri /own", plain("check")],
    depth: "application",
    request: "GET /own",
  },
  {
    name: "an own option over the defaults",
    defaults: ["option httpchk GET /d", "http-check expect status 500"],
    backend: ["option httpchk GET /own", plain("check")],
    depth: "application",
    request: "GET /own",
  },
  {
    name: "own tcp-check over the defaults' httpchk",
    defaults: ["option httpchk GET /d"],
    backend: ["option tcp-check", plain("check")],
    depth: "connection",
  },
  {
    name: "http-check connect without TLS",
    backend: ["option httpchk", "http-check connect", "http-check send meth GET uri /c", plain("check")],
    depth: "application",
    request: "GET /c",
  },
  {
    name: "http-check connect default",
    backend: ["option httpchk", "http-check connect default", "http-check send meth GET uri /c", tls(`check ${SSL}`)],
    depth: "application",
    request: "GET /c",
  },
  {
    name: "http-check connect ssl",
    backend: ["option httpchk", "http-check connect ssl", "http-check send meth GET uri /c", tls("check verify none")],
    depth: "application",
    request: "GET /c",
  },
  {
    name: "disable-on-404 alone",
    backend: ["option httpchk GET /a", "http-check disable-on-404", plain("check")],
    depth: "application",
    request: "GET /a",
  },
  { name: "another address", backend: ["server s 127.0.0.1:1 check addr HOST port 2PORT"], depth: "connection" },
  { name: "default-server behind the server", backend: [plain(""), "default-server check"], depth: "none" },
  { name: "default-server before the server", backend: ["default-server check", plain("")], depth: "connection" },
  { name: "no-check over default-server", backend: ["default-server check", plain("no-check")], depth: "none" },
  {
    name: "default-server of the defaults",
    defaults: ["default-server check"],
    backend: [plain("")],
    depth: "connection",
  },
  { name: "option ssl-hello-chk", backend: ["option ssl-hello-chk", tls("check")], depth: "tls" },
  {
    name: "tcp-check rules of the defaults",
    defaults: ["option tcp-check", "tcp-check connect", "tcp-check send X\\r\\n", "tcp-check expect string HTTP"],
    backend: ["option tcp-check", plain("check")],
    depth: "application",
  },
  {
    name: "an own tcp-check rule over the defaults'",
    defaults: ["option tcp-check", "tcp-check send X\\r\\n", "tcp-check expect string HTTP"],
    backend: ["tcp-check connect", plain("check")],
    depth: "connection",
  },
  { name: "option redis-check", backend: ["option redis-check", plain("check")], depth: "application" },
  {
    name: "option tcp-check behind option redis-check",
    backend: ["option redis-check", "option tcp-check", plain("check")],
    depth: "connection",
  },
  { name: "a word that is the value of another", backend: [plain("cookie check inter 1s")], depth: "none" },
  { name: "a quoted name", backend: ['server "s" PLAIN "check"'], depth: "connection" },
  { name: "a comment", backend: [plain("inter 1s # check")], depth: "none" },
];
