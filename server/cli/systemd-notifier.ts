import { execFile } from "node:child_process";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { createSerialQueue } from "../serial-queue.ts";

/** Reports the state of the service to systemd (sd_notify(3)); does nothing where systemd did not start it. */
export interface SystemdNotifier {
  /** It works; after `reloading`, that the reload is over. The watchdog is fed from the first call on. */
  ready(): void;
  reloading(): void;
  /** Ends the feeding of the watchdog; resolves once systemd knows. */
  stopping(): Promise<void>;
}

export interface SystemdNotifierOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** CLOCK_MONOTONIC in nanoseconds. */
  readonly monotonic: () => bigint;
  readonly onError: (error: Error) => void;
}

/**
 * Sends each message by the program `systemd-notify`, since Node.js has no datagram sockets of AF_UNIX. The unit therefore
 * has NotifyAccess=all.
 */
export function createSystemdNotifier({ env, clock, monotonic, onError }: SystemdNotifierOptions): SystemdNotifier {
  if (env["NOTIFY_SOCKET"] === undefined) return { ready() {}, reloading() {}, stopping: async () => {} };
  const enqueue = createSerialQueue();
  const send = (...assignments: string[]): Promise<void> => enqueue(() => runSystemdNotify(assignments).catch(onError));
  // WATCHDOG_PID is not compared: it is the process that bin/haprobe.js may have left waiting for this one.
  const watchdogMs = Number(env["WATCHDOG_USEC"] ?? "0") / 1_000;
  let cancel: (() => void) | null = null;
  let isSending = false;

  const feed = (): void => {
    cancel = clock.after(watchdogMs / 3, feed);
    // A message that waits does not get a second one behind it.
    if (isSending) return;
    isSending = true;
    void send("WATCHDOG=1").finally(() => {
      isSending = false;
    });
  };

  return {
    ready() {
      void send("READY=1");
      if (cancel === null && watchdogMs > 0) feed();
    },
    reloading() {
      void send("RELOADING=1", `MONOTONIC_USEC=${monotonic() / 1_000n}`);
    },
    async stopping() {
      cancel?.();
      await send("STOPPING=1");
    },
  };
}

function runSystemdNotify(assignments: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile("systemd-notify", assignments, { timeout: BOUNDS.systemdNotifyTimeoutMs }, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
