import { createContext, useContext, useSyncExternalStore } from "react";
import type { Session, SessionStatus } from "../lib/session.ts";

export const SessionContext = createContext<Session | null>(null);

/** The page's session, and who is signed in as far as it is known; null in a page without one. */
export function useSession(): {
  readonly session: Session | null;
  readonly status: SessionStatus | null;
  readonly needsSignIn: boolean;
} {
  const session = useContext(SessionContext);
  const subscribe = (listener: () => void): (() => void) => session?.subscribe(listener) ?? (() => {});
  const status = useSyncExternalStore(subscribe, () => session?.status ?? null);
  const needsSignIn = useSyncExternalStore(subscribe, () => session?.needsSignIn ?? false);
  return { session, status, needsSignIn };
}
