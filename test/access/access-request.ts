import type { AccessRequest } from "../../server/access/access-request.ts";

/** A read of this machine without a credential, changed by `fields`. */
export function accessRequest(fields: Partial<AccessRequest>): AccessRequest {
  return {
    method: "GET",
    host: "127.0.0.1:8405",
    origin: undefined,
    contentType: undefined,
    authorization: undefined,
    cookie: undefined,
    csrfToken: undefined,
    isForwarded: false,
    isSecure: false,
    address: "127.0.0.1",
    proxyHeaders: null,
    certificate: () => null,
    headers: {},
    ...fields,
  };
}
