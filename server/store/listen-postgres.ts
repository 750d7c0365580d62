import pg from "pg";
import { z } from "zod";
import { BOUNDS } from "../bounds.ts";

const moved = z.tuple([z.string(), z.int()]);

/**
 * Listens on a channel over a connection of its own, and connects again after it was lost: notifications of that time are
 * lost. The returned function ends it.
 */
export function listenOn(url: string, channel: string, onMoved: (vantage: string, seq: number) => void): () => void {
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const connect = (): void => {
    const next = new pg.Client({
      connectionString: url,
      application_name: "haprobe",
      connectionTimeoutMillis: BOUNDS.storeConnectTimeoutMs,
      keepAlive: true,
    });
    client = next;
    const retry = (): void => {
      if (client !== next) return;
      client = null;
      next.end().catch(() => {});
      if (!isStopped) timer = setTimeout(connect, BOUNDS.storeConnectTimeoutMs).unref();
    };
    next.on("error", retry);
    next.on("end", retry);
    next.on("notification", ({ payload = "" }) => {
      const parsed = moved.safeParse(parseJson(payload));
      if (parsed.success) onMoved(...parsed.data);
    });
    next
      .connect()
      .then(() => next.query(`LISTEN ${channel}`))
      .catch(retry);
  };
  connect();
  return () => {
    isStopped = true;
    clearTimeout(timer);
    const last = client;
    client = null;
    last?.end().catch(() => {});
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
