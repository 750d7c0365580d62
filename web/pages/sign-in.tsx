import { TextInput } from "@mantine/core";
import { type SubmitEvent, useEffect, useRef, useState } from "react";
import { Logo } from "../components/logo.tsx";
import type { Session, SessionStatus } from "../lib/session.ts";
import "./sign-in.css";

/** Shown in place of every page while nothing may be read; the address stays, so that it is shown after the sign-in. */
export default function SignIn({ session, status }: { session: Session; status: SessionStatus }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const [isSending, setSending] = useState(false);
  const signIn = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setSending(true);
    setError(await session.signIn(name, password));
    setPassword("");
    setSending(false);
  };
  return (
    <main className="sign-in-page">
      <section className="panel sign-in-panel" aria-labelledby="sign-in-title">
        <div className="sign-in-head">
          <Logo worst={null} isKnown={false} />
          <h1 id="sign-in-title">Sign in to haprobe</h1>
        </div>
        {status.signIn.includes("password") ? (
          <form aria-label="Sign in" onSubmit={(event) => void signIn(event)}>
            <TextInput
              label="Name"
              name="username"
              required
              ref={field}
              autoComplete="username"
              autoCapitalize="none"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <TextInput
              label="Password"
              name="password"
              type="password"
              required
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            {error !== "" && (
              <p className="sign-in-error" role="alert">
                {error}
              </p>
            )}
            <button type="submit" className="button button-strong" disabled={isSending}>
              {isSending ? "Signing in" : "Sign in"}
            </button>
          </form>
        ) : status.signIn.length > 0 ? null : (
          <p>
            This haprobe takes tokens only, for scripts. Its configuration names users for this page: auth.users-file.
          </p>
        )}
        {status.signIn.includes("oidc") && (
          <a className="button button-strong" href={providerHref()}>
            Sign in at your provider
          </a>
        )}
      </section>
    </main>
  );
}

/** Where the sign-in at the provider begins; it leads back to the page that is open. */
function providerHref(): string {
  const base = new URL(document.baseURI).pathname;
  const path = `${window.location.pathname}${window.location.search}`;
  const own = path.startsWith(base) ? `/${path.slice(base.length)}` : path;
  return `oidc/sign-in?return=${encodeURIComponent(own)}`;
}
