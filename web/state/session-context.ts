import { createContext, useContext, useSyncExternalStore } from "react";
import type { LiveState } from "../lib/live-feed.ts";
import type { Session } from "../lib/session.ts";

export const SessionContext = createContext<Session | null>(null);

/** The page's session; throws outside of its provider, which would be our own mistake. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("useSession outside of SessionContext");
  return session;
}

/** What the page knows; renders again with each message. */
export function useLiveState(): LiveState {
  const { feed } = useSession();
  return useSyncExternalStore(
    (listener) => feed.subscribe(listener),
    () => feed.state,
  );
}
