/** The health path that HAProxy's checks and haprobe's probes ask. */
export const HEALTH_PATH = "/readyz";
/** The name in the servers' certificates, as every kube-apiserver has it. */
export const CERTIFICATE_NAME = "kubernetes";

/** One way of checking an API server, in front of all three. */
export interface DemoBackend {
  readonly name: string;
  /** Which port of the servers: the one that anybody may ask for health, or the one that wants a token for everything. */
  readonly port: "open" | "token";
  /** For the terminal: what the check asks. */
  readonly checkText: string;
  /** Lines of the backend, and what follows a server's address; `ca` is the path of the CA file. */
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

/** The backends, from the check that most people have to the one that they should have, and the one that is shut out. */
export const BACKENDS: readonly DemoBackend[] = [
  {
    name: "k8s-bare",
    port: "open",
    checkText: "whether the port accepts (check), as most people have it",
    lines: [],
    check: () => "check",
  },
  {
    name: "k8s-tls",
    port: "open",
    checkText: "as far as the TLS handshake (check-ssl)",
    lines: [],
    check: () => "check check-ssl verify none",
  },
  {
    name: "k8s-readyz",
    port: "open",
    checkText: `for health (option httpchk, ${HEALTH_PATH}), as it should be`,
    lines: HTTPCHK_LINES,
    check: tlsCheck,
  },
  {
    name: "k8s-token",
    port: "token",
    checkText: `for ${HEALTH_PATH} too, but the servers want a token and it sends none`,
    lines: HTTPCHK_LINES,
    check: tlsCheck,
  },
];
