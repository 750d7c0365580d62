import { UNEXPECTED_FAULTS } from "../support/unexpected-faults.ts";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { MemorySessions } from "../../server/access/memory-sessions.ts";
import { Passwords } from "../../server/access/passwords.ts";
import { Sessions } from "../../server/access/sessions.ts";
import { SignInLimit } from "../../server/access/sign-in-limit.ts";
import type { UserSettings } from "../../server/contract/settings.ts";
import type { SessionParts } from "../../server/http/session-routes.ts";
import { SendingBytes } from "../../server/access/sending-bytes.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { NO_HISTORY } from "../../server/history/history-reader.ts";
import { SampleRings } from "../../server/history/sample-rings.ts";
import { createSeriesReader } from "../../server/history/series-reader.ts";
import { type AppParts, createApp } from "../../server/http/app.ts";
import { createStatePublisher, type StatePublisher } from "../../server/push/state-publisher.ts";
import type { AlertControl } from "../../server/contract/alert-api.ts";
import { FakeFleet } from "../push/fake-fleet.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** Nothing was sent. */
export const NO_ALERTS: AlertControl = {
  notifications: () => Promise.resolve({ rows: [], next: null }),
  notification: () => Promise.resolve(null),
  resend: () => Promise.resolve(false),
  silences: () => Promise.resolve([]),
  addSilence: () => Promise.reject(new Error("no store")),
  endSilence: () => Promise.resolve(null),
  channels: () => [],
  preview: () => Promise.resolve([]),
  testChannel: () => Promise.resolve(null),
};

/** The real app over a fleet that is changed by hand. */
export interface TestApp {
  readonly app: ReturnType<typeof createApp>;
  readonly parts: AppParts;
  readonly fleet: FakeFleet;
  readonly clock: FakeClock;
  readonly publisher: StatePublisher;
  readonly internalErrors: unknown[];
}

export function createTestApp(keys: readonly string[], changed: Partial<AppParts> = {}): TestApp {
  const fleet = new FakeFleet(keys);
  const clock = new FakeClock();
  const publisher = createStatePublisher({
    live: fleet,
    changes: fleet,
    clock,
    epoch: "e-1",
    faults: UNEXPECTED_FAULTS,
  });
  const internalErrors: unknown[] = [];
  const parts: AppParts = {
    live: fleet,
    tried: () => [],
    actions: { applyAction: async () => null },
    alerts: NO_ALERTS,
    config: {
      reload: async () => {},
      status: () => ({ text: "", loadedAt: "2026-11-22T09:00:00.000Z", needsRestart: [], refused: null }),
    },
    audit: { read: async () => ({ rows: [], next: null }) },
    onAudit: () => {},
    session: createSessionParts(clock),
    onWrite: () => {},
    onAlertWrite: () => {},
    onWriteRefused: () => {},
    published: publisher,
    archive: null,
    hub: null,
    ingest: null,
    history: NO_HISTORY,
    sources: { sources: () => null },
    series: createSeriesReader(new SampleRings(), null, 0, clock),
    readiness: { notReady: () => [], remarks: () => [] },
    metrics: { contentType: "text/plain; version=0.0.4; charset=utf-8", render: async () => "haprobe_up 1\n" },
    access: createAccessGuard({ listenHost: "127.0.0.1", publicUrl: null, allowedHosts: [] }),
    webRoot: null,
    haprobeInfo: {
      version: "0.1.0",
      epoch: "e-1",
      vantage: "host-a",
      startedAt: "2026-11-22T10:00:00.000Z",
      settings: {},
    },
    clock,
    sending: new SendingBytes(BOUNDS.bytesBeingSentMax),
    onInternalError: (error) => internalErrors.push(error),
    ...changed,
  };
  return { app: createApp(parts), parts, fleet, clock, publisher, internalErrors };
}

/** Sessions in memory, of these users. */
export function createSessionParts(
  clock: FakeClock,
  users: readonly UserSettings[] = [],
  verify?: ConstructorParameters<typeof Passwords>[1],
): SessionParts {
  const passwords = new Passwords(users, verify);
  const settings = { idleMs: BOUNDS.sessionIdleMs, absoluteMs: BOUNDS.sessionAbsoluteMs };
  const sessions = new Sessions({ clock, store: new MemorySessions(), isShared: false, users: passwords, settings });
  return { users: passwords, sessions, limit: new SignInLimit(clock), settings: () => settings };
}
