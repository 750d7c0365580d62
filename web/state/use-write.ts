import { useCallback, useState } from "react";
import type { WriteResult } from "../lib/rest-client.ts";
import { useDashboardClient } from "./dashboard-client-context.ts";

/** A write of a form or a button, and what became of it. */
export interface Write {
  readonly isSending: boolean;
  /** Why it was refused; empty before. */
  readonly error: string;
  readonly needsToken: boolean;
  readonly token: string;
  readonly setToken: (token: string) => void;
  /** Sends it; what haprobe answered once it is applied, else null. */
  readonly send: (request: () => Promise<WriteResult>) => Promise<{ readonly body: unknown } | null>;
}

/** Sends writes one at a time; where haprobe asks for a token, the next attempt carries the one that is typed. */
export function useWrite(): Write {
  const client = useDashboardClient();
  const [isSending, setSending] = useState(false);
  const [token, setToken] = useState("");
  const [result, setResult] = useState<WriteResult | null>(null);
  const send = useCallback(
    async (request: () => Promise<WriteResult>) => {
      setSending(true);
      if (token !== "") client.setToken(token);
      const next = await request();
      setResult(next);
      setSending(false);
      return next.kind === "done" ? { body: next.body } : null;
    },
    [client, token],
  );
  const isRefused = result !== null && result.kind !== "done";
  return {
    isSending,
    error: isRefused ? result.detail : "",
    needsToken: result?.kind === "needs-token",
    token,
    setToken,
    send,
  };
}
