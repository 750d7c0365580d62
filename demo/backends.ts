/** The health path of HAProxy's checks and haprobe's probes. */
export const HEALTH_PATH = "/readyz";
/** The name in the servers' certificates, that of every kube-apiserver. */
export const CERTIFICATE_NAME = "kubernetes";

/** One backend with all three servers and one kind of check. */
export interface DemoBackend {
  readonly name: string;
  /** Which port of the servers: the one with anonymous health checks, or the one that requires a token. */
  readonly port: "open" | "token";
  /** What the check tests, for the terminal. */
  readonly checkText: string;
  /** Lines of the backend, and the options of its servers; `ca` is the path of the CA file. */
  readonly lines: readonly string[];
  readonly check: (ca: string) => string;
}

const HTTPCHK_LINES = [
  "option httpchk",
  `http-check send meth GET uri ${HEALTH_PATH} ver HTTP/1.1 hdr Host ${CERTIFICATE_NAME}`,
  "http-check expect status 200",
];

function tlsCheck(ca: string): string {
  const verified = `verify required ca-file ${ca} verifyhost ${CERTIFICATE_NAME} check-sni ${CERTIFICATE_NAME}`;
  return `check check-ssl ${verified} on-marked-down shutdown-sessions`;
}

/** The backends: a port check, a TLS check, a health check, and a health check without the required token. */
export const BACKENDS: readonly DemoBackend[] = [
  {
    name: "k8s-bare",
    port: "open",
    checkText: "that the port accepts (check), the most common one",
    lines: [],
    check: () => "check",
  },
  {
    name: "k8s-tls",
    port: "open",
    checkText: "the TLS handshake (check-ssl)",
    lines: [],
    check: () => "check check-ssl verify none",
  },
  {
    name: "k8s-readyz",
    port: "open",
    checkText: `health (option httpchk, ${HEALTH_PATH}), the recommended one`,
    lines: HTTPCHK_LINES,
    check: tlsCheck,
  },
  {
    name: "k8s-token",
    port: "token",
    checkText: `${HEALTH_PATH} without the token that these servers require`,
    lines: HTTPCHK_LINES,
    check: tlsCheck,
  },
];
