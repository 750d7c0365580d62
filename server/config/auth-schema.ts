import { isLoopbackHost } from "../contract/listen.ts";
import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { parsePasswordHash } from "../contract/password-hash.ts";
import { ROLES, SCOPES } from "../contract/principal.ts";
import type { AuthSettings, TokenSettings } from "../contract/settings.ts";
import { formatDuration } from "./duration.ts";
import { identifier } from "./identifier.ts";
import { mapping } from "./mapping.ts";
import { fileName } from "./request.ts";
import { choice, duration, text } from "./scalars.ts";
import { vantageName } from "./store-schema.ts";

const EXPIRES = "expected a day or a time with its zone, such as 2027-06-30 or 2027-06-30T18:00:00Z";

/** A day ends a token at its begin in UTC. */
const expires = z.codec(
  z.string(EXPIRES).regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/, EXPIRES),
  z.number(EXPIRES),
  { decode: (written) => Date.parse(written), encode: (ms) => new Date(ms).toISOString().replace(".000Z", "Z") },
);

const personName = text("1 to 63 letters, digits, dots, - or _", /^[\w.-]{1,63}$/);

/** Which instances and teams an entry sees. */
const reach = {
  instances: z
    .array(text("a pattern of instances, such as lb-*", /^[^\u0000-\u001f]{1,255}$/))
    .min(1)
    .max(BOUNDS.filterValuesMax)
    .describe("Patterns of the instances that it sees; absent: all.")
    .optional(),
  teams: z
    .array(text("a team, the value of the label team of an instance", /^[^\u0000-\u001f]{1,255}$/))
    .min(1)
    .max(BOUNDS.filterValuesMax)
    .describe("It sees instances whose label team has one of these values; absent: all.")
    .optional(),
};

const token = mapping({
  name: personName.describe("Whose token it is."),
  role: choice([...ROLES])
    .describe("viewer reads, operator also writes, admin also reloads.")
    .optional(),
  scopes: z
    .array(choice([...SCOPES]))
    .min(1)
    .describe("What the token is good for, in place of a role.")
    .optional(),
  tokenFile: fileName.describe("Holds the token, or its hash.").optional(),
  tokenHash: text("sha256: and 64 hexadecimal digits", /^sha256:[0-9a-f]{64}$/)
    .describe("The SHA-256 of the token.")
    .optional(),
  expires: expires.describe("When the token ends.").optional(),
  vantage: vantageName.describe("The vantage whose events it appends, for the scope ingest.").optional(),
  site: identifier.describe("The site of that vantage; default if absent.").optional(),
  ...reach,
});

const PASSWORD_HASH = `expected a line that haprobe config hash-password prints, $argon2id$… with at most m=${BOUNDS.passwordMemoryMaxKiB},t=${BOUNDS.passwordPassesMax},p=${BOUNDS.passwordLanesMax}`;

/** A hash of the file decides how much memory and time a sign-in takes. */
function isAllowedHash(written: string): boolean {
  const hash = parsePasswordHash(written);
  if (hash === null) return false;
  const { memoryKiB, passes, parallelism } = hash;
  return (
    parallelism >= 1 &&
    parallelism <= BOUNDS.passwordLanesMax &&
    memoryKiB >= 8 * parallelism &&
    memoryKiB <= BOUNDS.passwordMemoryMaxKiB &&
    passes >= 1 &&
    passes <= BOUNDS.passwordPassesMax
  );
}

/** The file of users: a list. */
export const usersSchema = z
  .array(
    mapping({
      name: personName,
      role: choice([...ROLES]),
      passwordHash: z.string(PASSWORD_HASH).refine(isAllowedHash, PASSWORD_HASH),
      ...reach,
    }),
    "expected a list of users",
  )
  .max(BOUNDS.usersMax);

const HEADER = "the name of a header that no client sends for itself, such as x-forwarded-user";

const headerName = text(
  HEADER,
  /^(?!(?:authorization|cookie|host|origin|forwarded|x-forwarded-(?:for|proto|host))$)[a-z0-9-]{1,64}$/i,
);

const CN = "the common name of a certificate's subject, such as prometheus";

/** Roles by the groups of a proxy or an identity provider. */
const roleMap = {
  roles: z
    .array(
      mapping({
        group: text("the name of a group", /^[^\u0000-\u001f,]{1,255}$/).describe("Its name there."),
        role: choice([...ROLES]).describe("The role of its members; of several groups the first entry here counts."),
        ...reach,
      }),
    )
    .max(BOUNDS.groupRolesMax)
    .describe("The roles of groups.")
    .prefault([]),
  defaultRole: choice([...ROLES])
    .describe("The role of users without one of these groups; absent: they are refused.")
    .optional(),
};

const proxyUsers = mapping({
  header: headerName.describe("Holds the user's name."),
  groupsHeader: headerName.describe("Holds the user's groups, separated by commas.").optional(),
  ...roleMap,
});

const ISSUER = "expected the https URL by which the provider names itself, without ? and #";

const oidc = mapping({
  issuer: z
    .string(ISSUER)
    .refine((written) => {
      const url = URL.parse(written);
      const isAllowed = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopbackHost(url.hostname));
      return isAllowed && url.search === "" && url.hash === "" && url.username === "";
    }, ISSUER)
    .describe("The provider, exactly as it names itself."),
  clientId: text("the name of haprobe at the provider", /^[!-~]{1,255}$/).describe("The name of haprobe there."),
  clientSecretFile: fileName.describe("Holds the secret of the client.").optional(),
  caFile: fileName.describe("Authorities of the provider's certificate.").optional(),
  scopes: z
    .array(text("a scope, such as profile", /^[!-~]{1,64}$/))
    .max(BOUNDS.filterValuesMax)
    .refine((scopes) => scopes.includes("openid"), "expected openid among them")
    .describe("What is asked for.")
    .prefault(["openid", "profile"]),
  nameClaim: text("the name of a claim, such as email", /^[!-~]{1,255}$/)
    .describe("The claim with the user's name.")
    .prefault("preferred_username"),
  groupsClaim: text("the name of a claim, such as groups", /^[!-~]{1,255}$/)
    .describe("The claim with the user's groups, or the dotted path to it.")
    .prefault("groups"),
  ...roleMap,
});

const certificate = mapping({
  commonName: text(CN, /^[^\u0000-\u001f]{1,64}$/).describe("Whose certificate it is."),
  role: choice([...ROLES]).describe("What it may do."),
  ...reach,
});

/** Who may read and write. */
export const authKey = mapping({
  reading: choice(["open", "signed-in"])
    .describe("Whether reading needs a token or a session; absent: it does, except beside tokens by role on loopback.")
    .optional(),
  tokens: z
    .array(token)
    .max(BOUNDS.tokensMax)
    .describe("With a token, writes need that of an operator, on any listener; without, only loopback takes them.")
    .prefault([]),
  usersFile: fileName
    .describe("The users, with their passwords as haprobe config hash-password prints them.")
    .optional(),
  session: mapping({
    idleMs: duration(BOUNDS.sessionMinMs, BOUNDS.sessionMaxMs)
      .describe("A session ends after this time without a request and without an open page.")
      .prefault(formatDuration(BOUNDS.sessionIdleMs)),
    absoluteMs: duration(BOUNDS.sessionMinMs, BOUNDS.sessionMaxMs)
      .describe("A session ends after this time at the latest.")
      .prefault(formatDuration(BOUNDS.sessionAbsoluteMs)),
  })
    .describe("How long a session lasts.")
    .prefault({}),
  certificates: z
    .array(certificate)
    .max(BOUNDS.tokensMax)
    .describe("Roles of client certificates that tls.client-ca-file verifies.")
    .prefault([]),
  oidc: oidc.describe("Users sign in at this OpenID provider.").optional(),
  proxy: proxyUsers.describe("Users whom a proxy of trusted-proxies names in a header.").optional(),
})
  .describe("Who may come in.")
  .prefault({});

/** Reading stays open beside tokens that are given by their role, on a listener that no other machine reaches. */
export function readingOf(
  {
    reading,
    usersFile,
    certificates,
    proxy,
    oidc: provider,
  }: Pick<z.output<typeof authKey>, "reading" | "usersFile" | "certificates" | "proxy" | "oidc">,
  tokens: readonly TokenSettings[],
  isLocal: boolean,
): AuthSettings["reading"] {
  if (reading !== null) return reading;
  if (usersFile !== null || certificates.length > 0 || proxy !== null || provider !== null) return "signed-in";
  const isByRole = tokens.every(({ scopes }) => scopes === null);
  return tokens.length === 0 || (isByRole && isLocal) ? "open" : "signed-in";
}
