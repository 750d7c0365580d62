import { type AccessGuard, createAccessGuard } from "../access/access-guard.ts";
import { CertificateIdentity } from "../access/certificate-identity.ts";
import { InstanceTeams } from "../access/instance-teams.ts";
import { MemorySessions } from "../access/memory-sessions.ts";
import { OidcSignIn } from "../access/oidc.ts";
import { Passwords } from "../access/passwords.ts";
import { ProxyIdentity } from "../access/proxy-identity.ts";
import { Sessions } from "../access/sessions.ts";
import { SignInLimit } from "../access/sign-in-limit.ts";
import { Tokens } from "../access/tokens.ts";
import type { Clock } from "../clock.ts";
import { exposureOf, isWritable } from "../contract/listen.ts";
import type { SessionStore } from "../contract/session-store.ts";
import type { Settings } from "../contract/settings.ts";
import type { SessionParts } from "../http/session-routes.ts";
import { summarize } from "../judge/summary.ts";

/** Who may come in and how, for everything that listens. */
export interface Access {
  readonly guard: AccessGuard;
  readonly session: SessionParts;
  /** Applies the users, tokens, provider, teams and lifetimes of a reloaded configuration. */
  configure(settings: Settings): void;
}

/** Connects all that proves an identity; sessions are kept in `store`, in memory where it is null. Ended with `started`. */
export function createAccess(
  settings: Settings,
  store: SessionStore | null,
  clock: Clock,
  started: AsyncDisposableStack,
): Access {
  const { auth, listen, publicUrl } = settings;
  const tokens = new Tokens(clock, auth);
  const teams = new InstanceTeams(settings);
  const users = new Passwords(auth.users);
  const sessions = new Sessions({
    clock,
    store: store ?? new MemorySessions(),
    isShared: settings.database !== null,
    users,
    settings: auth.session,
    provider: auth.oidc,
  });
  started.defer(() => sessions.stop());
  const certificates = new CertificateIdentity(clock, auth);
  const proxyUsers = new ProxyIdentity(clock, auth);
  const oidc = new OidcSignIn(clock, auth.oidc, publicUrl);
  let { session: sessionSettings } = auth;
  return {
    guard: createAccessGuard({
      ...settings,
      listenHost: "path" in listen ? "localhost" : listen.host,
      isReadOnly: !isWritable(exposureOf(settings)),
      tokens,
      authenticators: [proxyUsers, certificates, sessions],
      fleet: {
        teamOf: (instance) => teams.teamOf(instance),
        summarize: (servers, instances) =>
          summarize(
            Iterator.from(servers).map((row) => ({ ...row, url: row.probe.url, failing: row.probe.failing })),
            instances.length,
            instances.filter(({ state }) => state !== "ok" && state !== "pending").length,
          ),
      },
    }),
    session: { users, sessions, limit: new SignInLimit(clock), settings: () => sessionSettings, oidc },
    configure({ auth: changed, ...rest }) {
      teams.configure(rest);
      for (const each of [tokens, proxyUsers, certificates]) each.configure(changed);
      users.configure(changed.users);
      sessions.configure(changed.session, changed.oidc);
      oidc.configure(changed.oidc);
      sessionSettings = changed.session;
    },
  };
}
