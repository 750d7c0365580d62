import { TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import type { SessionStatus } from "../lib/session.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { useResource } from "../state/use-resource.ts";
import { useSession } from "../state/use-session.ts";
import { ResourceView } from "./resource-view.tsx";
import { SenderRights } from "./sender-rights.tsx";

const REFRESH_MS = 5_000;

/** Who is signed in, by which proof and with which rights, and a field for another token. */
export function SessionPanel() {
  const client = useDashboardClient();
  const [token, setToken] = useState("");
  const [session, retry] = useResource<SessionStatus>("api/v1/session", REFRESH_MS);
  const signIn = (event: SubmitEvent): void => {
    event.preventDefault();
    client.setToken(token.trim());
    setToken("");
    retry();
  };
  return (
    <section className="block panel" aria-label="Signed in">
      <h2 className="panel-title">Signed in</h2>
      <ResourceView resource={session} name="Who is signed in" onRetry={retry}>
        {({ tokensRequired, name, role, via, canWrite, detail, signIn: ways, ...rights }) => (
          <>
            <p>
              {name === null ? (
                <b>{tokensRequired ? "Not signed in." : "No sign-in is needed."}</b>
              ) : (
                <>
                  <b>{name}</b> {role !== null && <span className="tag">{role}</span>}
                </>
              )}{" "}
              {!canWrite && detail}
            </p>
            <SenderRights via={via} canWrite={canWrite} {...rights} />
            {tokensRequired && client.hasToken && name === null && <p>The token of this page is not known.</p>}
            <SessionButtons isSignedIn={via === "session"} canSignIn={via === "none" && ways.length > 0} />
            {tokensRequired && via !== "session" && (
              <form className="write-button sign-in" aria-label="Use a token" onSubmit={signIn}>
                <TextInput
                  size="xs"
                  type="password"
                  label="Token"
                  required
                  autoComplete="off"
                  value={token}
                  onChange={(event) => setToken(event.currentTarget.value)}
                />
                <button type="submit" className="button">
                  Use it
                </button>
              </form>
            )}
            {tokensRequired && via !== "session" && <p className="muted">A token is kept until the page is closed.</p>}
          </>
        )}
      </ResourceView>
    </section>
  );
}

/** Signs out, or shows the sign-in where reading needs none. */
function SessionButtons({ isSignedIn, canSignIn }: { isSignedIn: boolean; canSignIn: boolean }) {
  const { session } = useSession();
  const [error, setError] = useState("");
  if (session === null || (!isSignedIn && !canSignIn)) return null;
  return (
    <p>
      {isSignedIn ? (
        <button type="button" className="button" onClick={() => void session.signOut().then(setError)}>
          Sign out
        </button>
      ) : (
        <button type="button" className="button" onClick={() => session.askSignIn()}>
          Sign in
        </button>
      )}
      {error !== "" && <span role="alert"> {error}</span>}
    </p>
  );
}
