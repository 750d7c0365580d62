import { z } from "zod";
import type { HttpVersion, ProbeRule } from "../contract/target.ts";
import { expectedBody, expectedReply, expectedStatus } from "./expectation.ts";
import { mapping } from "./mapping.ts";
import { PRESET_NAMES } from "./presets.ts";
import { fileName, hostHeader, requestHeaders, requestPath, serverName } from "./request.ts";
import { choice, flag, integer, text } from "./scalars.ts";
import { tlsOrFlag, tlsParameters } from "./tls-parameters.ts";

/** Methods that change nothing; POST for the few health services that need it. */
const METHODS = ["GET", "HEAD", "OPTIONS", "POST"] as const;

/** Keys of the connection, for every type of probe. */
const connection = {
  port: integer(1, 65_535).describe("The port to probe, if not the port of the traffic.").optional(),
  serverName: serverName
    .describe("SNI and the name to verify; also the Host header or :authority where host is absent.")
    .optional(),
  caFile: fileName.describe("Certificates to verify the server with; those of the system if absent.").optional(),
  insecureSkipVerify: flag().describe("Accepts any certificate; an expired one is still reported.").prefault(false),
  clientCertFile: fileName.describe("A client certificate, sent only where allow or ca-file permit.").optional(),
  clientKeyFile: fileName.describe("The key of that certificate; it is never sent.").optional(),
  proxyProtocol: choice(["v1", "v2"]).describe("The PROXY header for servers behind send-proxy.").optional(),
};

const bearerTokenFile = fileName.describe("A token, sent only where allow or ca-file permit.").optional();
const tls = tlsOrFlag.describe("Whether to use TLS, or what its handshake offers.").optional();

/** YAML reads 1.1 and 2 as numbers. */
const httpVersion = z.codec(
  z.union([z.literal(["auto", "1.1", "2"]), z.literal([1.1, 2])], "expected auto, 1.1 or 2"),
  z.enum(["auto", "1.1", "2"]),
  { decode: (written) => String(written) as HttpVersion, encode: (version) => version },
);

const http = mapping({
  preset: choice(PRESET_NAMES).describe("The health endpoint of a known product.").optional(),
  scheme: choice(["http", "https"]).describe("http or https; guessed if absent.").optional(),
  version: httpVersion
    .describe("Version of HTTP; auto: 1.1, and 2 where the server speaks nothing else.")
    .prefault("auto"),
  tls: tlsParameters.describe("What the TLS handshake offers; also makes https the default.").optional(),
  path: requestPath.describe("Path and query of the request; guessed if absent.").optional(),
  host: hostHeader.describe("Host header.").optional(),
  ...connection,
  bearerTokenFile,
  // A colon ends the name in Basic authentication.
  username: text("a name of 1 to 256 characters without a colon", /^[^:\u0000-\u001f\u007f]{1,256}$/)
    .describe("User of HTTP Basic authentication.")
    .optional(),
  passwordFile: fileName.describe("Its password, sent only where allow or ca-file permit.").optional(),
  method: choice(METHODS).describe("Method of the request.").prefault("GET"),
  headers: requestHeaders.describe("Further headers, without secrets.").prefault({}),
  expect: mapping({
    status: expectedStatus.describe("Statuses that pass: 200, 2xx, 200-299, or a list.").prefault("200-299"),
    body: expectedBody.describe("The expected body; any if absent.").optional(),
  })
    .describe("The expected answer.")
    .prefault({}),
}).describe("The request and the expected answer.");

const tcp = mapping({
  tls,
  ...connection,
  send: text("a text of 1 to 4096 characters", /^[\s\S]{1,4096}$/)
    .describe("The text to send on the connection.")
    .optional(),
  expect: expectedReply.describe("The expected answer; none if absent.").optional(),
}).describe("For servers that do not speak HTTP: a connection, and a text to send and to expect.");

const grpc = mapping({
  tls,
  host: hostHeader.describe("The name in :authority.").optional(),
  ...connection,
  bearerTokenFile,
  service: text("a service's full name, such as shop.v1.Cart", /^[\w.\-/]{1,256}$/)
    .describe("The service to check; the whole server if absent.")
    .optional(),
}).describe("gRPC's own health service.");

/** The keys of a rule that say how it probes; at most one is given. */
export const probeKeys = { http: http.optional(), tcp: tcp.optional(), grpc: grpc.optional() } satisfies {
  readonly [Type in ProbeRule["type"]]: z.ZodType<Omit<Extract<ProbeRule, { type: Type }>, "type"> | undefined>;
};

/** The types of probes that a rule can name. */
export const PROBE_TYPES = Object.keys(probeKeys) as ProbeRule["type"][];
