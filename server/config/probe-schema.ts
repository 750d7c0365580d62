import { z } from "zod";
import { expectedBody, expectedStatus, expectedReply } from "./expectation.ts";
import { field } from "./field.ts";
import { fileName, headers, hostHeader, requestPath, serverName } from "./request.ts";
import { choice, flag, integer, text } from "./scalars.ts";

/** Methods that ask and do not change anything; POST for the few health services that want it. */
const METHODS = ["GET", "HEAD", "OPTIONS", "POST"] as const;

/** What every way of asking may say of the connection. */
const connection = {
  port: field(integer(1, 65_535), "The port to ask, if not the traffic's.").optional(),
  "server-name": field(
    serverName,
    "SNI and the name to verify; the name to ask under where host is absent.",
  ).optional(),
  "ca-file": field(fileName, "Certificates to verify the server with; those of the system if absent.").optional(),
  "insecure-skip-verify": field(flag, "Takes any certificate; an expired one is still reported.").prefault(false),
  "client-cert-file": field(fileName, "A certificate to show, only where allow or ca-file permit.").optional(),
  "client-key-file": field(fileName, "The key of that certificate; it never leaves this machine.").optional(),
  "proxy-protocol": field(choice(["v1", "v2"]), "The PROXY header for servers behind send-proxy.").optional(),
};

const bearerToken = field(fileName, "A token to send, only where allow or ca-file permit.").optional();
const tls = field(flag, "Whether to speak TLS.").prefault(false);

const expectSchema = z
  .strictObject({
    status: field(expectedStatus, "Statuses that pass: 200, 2xx, 200-299, or a list.").prefault("200-299"),
    body: field(expectedBody, "What the body has to be; anything if absent.").optional(),
  })
  .meta({ description: "What a good answer is." });

/** A name for HTTP's Basic scheme, where a colon begins the password. */
const username = text(
  "a name of 1 to 256 characters without a colon",
  // oxlint-disable-next-line no-control-regex -- they are what is refused
  /^[^:\u0000-\u001f\u007f]{1,256}$/,
);

/** `http:` of a rule. */
export const httpSchema = z
  .strictObject({
    scheme: field(choice(["http", "https"]), "http or https; guessed if absent.").optional(),
    path: field(requestPath, "What to ask for; guessed if absent.").optional(),
    host: field(hostHeader, "Host header.").optional(),
    ...connection,
    "bearer-token-file": bearerToken,
    username: field(username, "A name to log in with, by HTTP's Basic scheme.").optional(),
    "password-file": field(fileName, "Its password, sent only where allow or ca-file permit.").optional(),
    method: field(choice(METHODS), "Method of the request.").prefault("GET"),
    headers: field(headers, "Further headers, without secrets.").prefault({}),
    expect: expectSchema.prefault({}),
  })
  .meta({ description: "The request, and what a good answer is." });

/** `tcp:` of a rule. */
export const tcpSchema = z
  .strictObject({
    tls,
    ...connection,
    send: field(text("a text of 1 to 4096 characters", /^[\s\S]{1,4096}$/), "What to say once connected.").optional(),
    expect: field(expectedReply, "What the server has to say; nothing if absent.").optional(),
  })
  .meta({ description: "For what does not speak HTTP: the connection, and words if need be." });

/** `grpc:` of a rule. */
export const grpcSchema = z
  .strictObject({
    tls,
    host: field(hostHeader, "The name to ask under, :authority.").optional(),
    ...connection,
    "bearer-token-file": bearerToken,
    service: field(
      text("a service's full name, such as shop.v1.Cart", /^[\w.\-/]{1,256}$/),
      "The service to ask about; the whole server if absent.",
    ).optional(),
  })
  .meta({ description: "gRPC's own health service." });
