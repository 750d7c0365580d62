/** An answer of kube-apiserver v1.32, byte for byte. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const TEXT = {
  "content-type": "text/plain; charset=utf-8",
  "x-content-type-options": "nosniff",
  "cache-control": "no-cache, private",
};
const JSON_HEADERS = {
  "content-type": "application/json",
  "x-content-type-options": "nosniff",
  "cache-control": "no-cache, private",
};

export const HEALTH_PATHS = ["/healthz", "/livez", "/readyz"] as const;
export type HealthPath = (typeof HEALTH_PATHS)[number];

const HOOKS = [
  "start-apiserver-admission-initializer",
  "generic-apiserver-start-informers",
  "rbac/bootstrap-roles",
  "scheduling/bootstrap-system-priority-classes",
  "apiservice-registration-controller",
];

/** Sub-checks in the order in which the server lists them; only `/readyz` has all of them. */
function subChecks(path: HealthPath): readonly string[] {
  const hooks = HOOKS.map((hook) => `poststarthook/${hook}`);
  const ready = path === "/readyz";
  return [
    "ping",
    "log",
    "etcd",
    ...(ready ? ["etcd-readiness", "informer-sync"] : []),
    ...hooks,
    "autoregister-completion",
    ...(ready ? ["shutdown"] : []),
  ];
}

/**
 * Answer of a health path. Nothing failing: 200 and `ok`, or the list with `?verbose`;
 * otherwise 500 and always the list, with or without `verbose`.
 */
export function healthResponse(path: HealthPath, failing: readonly string[], verbose: boolean): ApiResponse {
  const checks = subChecks(path);
  const failed = checks.filter((check) => failing.includes(check));
  if (failed.length === 0 && !verbose) return { status: 200, headers: TEXT, body: "ok" };
  const lines = checks.map((check) =>
    failed.includes(check) ? `[-]${check} failed: reason withheld` : `[+]${check} ok`,
  );
  const word = failed.length === 0 ? "passed" : "failed";
  return {
    status: failed.length === 0 ? 200 : 500,
    headers: TEXT,
    body: `${lines.join("\n")}\n${path.slice(1)} check ${word}\n`,
  };
}

/** 401: required credentials are missing, or any are wrong. */
export const UNAUTHORIZED: ApiResponse = statusResponse(401, "Unauthorized", "Unauthorized");

/** 403: the user, possibly anonymous, may not use this method on this path. */
export function forbidden(method: string, path: string): ApiResponse {
  const message = `forbidden: User "system:anonymous" cannot ${method.toLowerCase()} path "${path}"`;
  return statusResponse(403, "Forbidden", message);
}

function statusResponse(code: number, reason: string, message: string): ApiResponse {
  const details = code === 403 ? { details: {} } : {};
  const body = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, ...details, code };
  return { status: code, headers: JSON_HEADERS, body: JSON.stringify(body) };
}

/** `/version`, an ordinary request that needs no etcd. */
export const VERSION: ApiResponse = {
  status: 200,
  headers: JSON_HEADERS,
  body: JSON.stringify({ major: "1", minor: "32", gitVersion: "v1.32.0", platform: "linux/amd64" }),
};

/** An ordinary request that needs etcd. */
export const NAMESPACE_PATH = "/api/v1/namespaces/kube-system";
export const NAMESPACE: ApiResponse = {
  status: 200,
  headers: JSON_HEADERS,
  body: JSON.stringify({
    kind: "Namespace",
    apiVersion: "v1",
    metadata: { name: "kube-system" },
    status: { phase: "Active" },
  }),
};

/** The plain answer of Go's TLS listener to plain HTTP. */
export const HTTP_ON_TLS_PORT = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
