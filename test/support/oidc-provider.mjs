// A real OpenID provider (npm package oidc-provider) as a process of its own, which signs every user in as what the
// test says. It takes commands by IPC: `tamper` changes the next ID tokens, `rotate` replaces the keys. With a certificate
// and its key in the environment (PEM) it serves https.
import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { Provider } from "oidc-provider";

const [redirectUri] = process.argv.slice(2);
let user = { sub: "ada", preferred_username: "ada", groups: ["sre"] };
let tamper = {};
let keys = [];
let hung = 0;
let provider;

function newKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const kid = `k${Date.now()}-${Math.floor(Math.random() * 1e9)}`;
  return { ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" };
}

function createProvider(issuer) {
  keys = [newKey()];
  provider = new Provider(issuer, {
    clients: [
      {
        client_id: "haprobe",
        client_secret: "a-secret-of-the-client",
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [new URL("/", redirectUri).href],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    jwks: { keys },
    cookies: { keys: ["a", "b"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    claims: { openid: ["sub"], profile: ["preferred_username", "groups"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => user }),
  });
}

/** The ID token with the changes of the test, signed by the provider's key unless they say otherwise. */
function change(idToken) {
  const [header, claims] = idToken
    .split(".")
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url")));
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const alg = tamper.alg ?? header.alg;
  const text = `${encode({ ...header, alg })}.${encode({ ...claims, ...tamper.claims })}`;
  if (alg === "none") return `${text}.`;
  const jwk = tamper.isForeignKey ? { ...newKey(), kid: header.kid } : keys[0];
  const key = createPrivateKey({ key: jwk, format: "jwk" });
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

const { PROVIDER_CERT: cert, PROVIDER_KEY: key } = process.env;
const create = (handle) => (cert === undefined ? createServer(handle) : createTlsServer({ cert, key }, handle));
const server = create(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  if (tamper.isDown) return void request.socket.destroy();
  if (tamper.hangsAt === pathname) return void (hung += 1);
  if (pathname.startsWith("/interaction/")) {
    const { params, session, grantId } = await provider.interactionDetails(request, response);
    const grant = grantId
      ? await provider.Grant.find(grantId)
      : new provider.Grant({ accountId: session?.accountId ?? user.sub, clientId: params.client_id });
    grant.addOIDCScope("openid profile");
    const consent = { grantId: await grant.save() };
    return provider.interactionFinished(request, response, { login: { accountId: user.sub }, consent });
  }
  if (pathname === "/token" && Object.keys(tamper).length > 0) {
    const end = response.end.bind(response);
    response.end = (body, ...rest) => {
      const answer = JSON.parse(String(body));
      if (answer.id_token !== undefined) answer.id_token = change(answer.id_token);
      // White space is valid at the end of JSON, so only its length can be refused.
      const text = JSON.stringify(answer) + " ".repeat(tamper.isEndless ? 1_000_000 : 0);
      response.setHeader("content-length", Buffer.byteLength(text));
      return end(text, ...rest);
    };
  }
  return provider.callback()(request, response);
});

server.listen(0, "127.0.0.1", () => {
  const issuer = `${cert === undefined ? "http" : "https"}://127.0.0.1:${server.address().port}`;
  createProvider(issuer);
  process.send({ issuer });
  process.on("message", (message) => {
    if (message.user) user = message.user;
    if (message.tamper) tamper = message.tamper;
    if (message.rotate) createProvider(issuer);
    process.send({ hung });
  });
});
process.on("disconnect", () => process.exit());
