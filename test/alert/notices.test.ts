import { describe, expect, onTestFinished, test } from "vitest";
import { certificateNotice } from "../../server/alert/certificate-scan.ts";
import { HaproxyChanges } from "../../server/alert/haproxy-changes.ts";
import { NoticeWatch } from "../../server/alert/notice-watch.ts";
import { draftNotices, noticeAlert } from "../../server/alert/notices.ts";
import type { Finding } from "../../server/contract/finding.ts";
import { DEFAULT_NOTICES, type Notice } from "../../server/contract/notification.ts";
import type { InstanceStatus } from "../../server/contract/status.ts";
import type { TimerWrite } from "../../server/contract/store.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { alertSettings } from "../support/alert-bed.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { HOSTILE, serverStatus } from "../support/sample-alerts.ts";
import { serverRemoved, verdictChanged } from "../support/sample-events.ts";

const AT = Date.UTC(2026, 10, 22, 10, 0, 0);

function finding(code: Finding["code"], over: Partial<Finding> = {}): Finding {
  return {
    id: code,
    code,
    subject: { instance: "lb-1", backend: "be", server: "s1" },
    sentence: "s1 is DOWN and still holds 3 sessions from before",
    advice: "Mitigate: shutdown sessions server be/s1.\non-marked-down shutdown-sessions",
    since: new Date(AT).toISOString(),
    vantages: [],
    ...over,
  };
}

function instance(over: Partial<InstanceStatus> = {}): InstanceStatus {
  return {
    name: "lb-1",
    site: "fra",
    stats: "unix:/x",
    state: "ok",
    version: null,
    pid: null,
    startedAt: null,
    servers: 1,
    lastPollAt: new Date(AT).toISOString(),
    pollDurationMs: 1,
    everyMs: 1_000,
    error: null,
    ...over,
  };
}

describe("a finding is a notice", () => {
  test("where it is wanted, with what to do and lines to paste", () => {
    const [draft, ...others] = draftNotices(
      [finding("sessions-held"), finding("internal-error")],
      [instance()],
      DEFAULT_NOTICES,
    );
    expect(others).toEqual([]);
    if (draft === undefined) throw new Error("no notice");
    const { alert, places } = noticeAlert(draft, { team: ["web"] }, "https://haprobe.example.org");
    expect(alert).toMatchObject({
      id: "sessions-held lb-1/be/s1",
      name: "sessions-held",
      isIncident: false,
      site: "fra",
      sentence: "s1 is DOWN and still holds 3 sessions from before (lb-1)",
      mitigate: "Mitigate: shutdown sessions server be/s1.",
      permanentFix: ["on-marked-down shutdown-sessions"],
      link: "https://haprobe.example.org/?open=lb-1/be/s1",
    });
    expect(places).toEqual([{ instance: "lb-1", backend: "be", server: "s1" }]);
  });

  test("of a weak check only where it is switched on", () => {
    expect(draftNotices([finding("check-blind")], [instance()], DEFAULT_NOTICES)).toEqual([]);
    expect(draftNotices([finding("check-blind")], [instance()], ["check-blind"])).toHaveLength(1);
  });

  test("whose text from servers is one plain line", () => {
    const [draft] = draftNotices([finding("split", { sentence: HOSTILE.text, advice: HOSTILE.text })], [], ["split"]);
    if (draft === undefined) throw new Error("no notice");
    const { alert } = noticeAlert(draft, {}, null);
    for (const text of [alert.sentence, alert.why, alert.mitigate]) expect(text).not.toMatch(HOSTILE.unprintable);
    expect(alert.sentence.length).toBeLessThanOrEqual(BOUNDS.alertSentenceChars);
  });
});

test("an instance that cannot be polled, or is stale, is a notice", () => {
  const error = {
    code: "HAPROBE_STATS_REFUSED",
    message: "nothing listens there",
    remedy: "",
    at: new Date(AT).toISOString(),
  };
  const states = [
    instance({ state: "failing", error }),
    instance({ name: "lb-2", state: "stale" }),
    instance({ name: "lb-3" }),
  ];
  expect(draftNotices([], states, DEFAULT_NOTICES).map(({ sentence }) => sentence)).toEqual([
    "lb-1 cannot be polled: nothing listens there",
    "lb-2 cannot be polled: its last answer is too old",
  ]);
});

describe("what HAProxy itself changes", () => {
  function see(changes: HaproxyChanges, key: string, status: string, at = AT): void {
    const event = verdictChanged(null, { verdict: "agree-up", phase: null, reason: null }, key);
    changes.apply({ ...event, at, to: { ...event.to, haproxyStatus: status } });
  }
  const sentences = (changes: HaproxyChanges): string[] => changes.drafts().map(({ sentence }) => sentence);

  test("is a notice for each server that is DOWN, until it is UP or gone", () => {
    const changes = new HaproxyChanges((notice) => notice === "server-down");
    see(changes, "lb-1/be/s1", "UP");
    see(changes, "lb-1/be/s2", "DOWN");
    see(changes, "lb-1/be/s3", "DOWN 1/2");
    see(changes, "lb-1/be/s4", "MAINT");
    expect(sentences(changes)).toEqual(["HAProxy lb-1 has s2 of be DOWN", "HAProxy lb-1 has s3 of be DOWN 1/2"]);
    see(changes, "lb-1/be/s2", "UP");
    changes.apply(serverRemoved("lb-1/be/s3"));
    expect(sentences(changes)).toEqual([]);
  });

  test("is a notice while one server of several is left", () => {
    const changes = new HaproxyChanges((notice) => notice === "backend-last-server");
    see(changes, "lb-1/be/s1", "UP");
    expect(sentences(changes)).toEqual([]);
    see(changes, "lb-1/be/s2", "DOWN");
    expect(sentences(changes)).toEqual(["s1 is the last of 2 servers of be that HAProxy lb-1 has UP"]);
    see(changes, "lb-1/be/s1", "DOWN");
    expect(sentences(changes)).toEqual([]);
  });

  test("is known at once where the configuration begins to want it", async () => {
    let isWanted = false;
    const changes = new HaproxyChanges(() => isWanted);
    see(changes, "lb-1/be/s2", "DOWN");
    isWanted = true;
    const statuses = { "lb-1/be/s1": "UP", "lb-1/be/s2": "DOWN", "lb-1/be/s3": "DOWN" };
    const servers = Object.entries(statuses).map(([key, status]) => {
      const names = { key, instance: "lb-1", backend: "be", server: key.slice(-2) };
      return serverStatus({ ...names, haproxy: { ...serverStatus().haproxy, status } });
    });
    const live = {
      keys: () => servers.map(({ key }) => key).values(),
      server: (key: string) => servers.find((each) => each.key === key) ?? null,
    };
    await changes.read(live, new FakeClock(0, AT));
    expect(sentences(changes)).toEqual([
      "HAProxy lb-1 has s2 of be DOWN",
      "HAProxy lb-1 has s3 of be DOWN",
      "s1 is the last of 3 servers of be that HAProxy lb-1 has UP",
    ]);
  });

  test("is not kept while it is not wanted", () => {
    const changes = new HaproxyChanges(() => false);
    see(changes, "lb-1/be/s1", "DOWN");
    expect(sentences(changes)).toEqual([]);
  });
});

test("a certificate is a notice from a time before it expires", () => {
  const day = 86_400_000;
  const server = serverStatus({}, { certificateExpiresAt: new Date(AT + 10 * day).toISOString() });
  expect(certificateNotice(server, 9 * day, AT)).toBeNull();
  expect(certificateNotice(server, 14 * day, AT)?.sentence).toBe("The certificate of cp-2 (k8s-api) expires in 10 d");
  expect(certificateNotice(server, 14 * day, AT + 11 * day)?.sentence).toMatch(/expired 1 d ago$/);
  expect(certificateNotice(serverStatus(), 14 * day, AT)).toBeNull();
});

describe("watching notices", () => {
  function watch(notices: readonly Notice[] = DEFAULT_NOTICES) {
    const clock = new FakeClock(0, AT);
    const timers: TimerWrite[] = [];
    const state = {
      findings: [] as Finding[],
      servers: [serverStatus()],
      isAway: false,
      pending: null as Promise<never> | null,
    };
    const settings = alertSettings({ notices, certificateMs: 14 * 86_400_000 });
    const watched = new NoticeWatch({
      live: {
        findings: () => state.findings,
        instances: () => [instance()],
        keys: () => state.servers.map(({ key }) => key).values(),
        server: (key) => state.servers.find((each) => each.key === key) ?? null,
      },
      changes: new HaproxyChanges(() => false),
      store: {
        commit(batch) {
          if (state.pending !== null) return state.pending;
          if (state.isAway) return Promise.reject(new Error("away"));
          timers.push(...batch.timers);
          return Promise.resolve({ kind: "applied", seq: 0 });
        },
      },
      settings: () => settings,
      labels: () => ({}),
      publicUrl: null,
      clock,
      onTimer: () => {},
    });
    watched.start();
    onTestFinished(() => watched.stop());
    return { clock, timers, state, watched };
  }

  test("sets the timer of a group when one begins and when it ends", async () => {
    const { clock, timers, state, watched } = watch();
    state.findings = [finding("split")];
    await clock.advance(3_000);
    expect(timers.map(({ dueInMs }) => dueInMs)).toEqual([expect.closeTo(7_000, -4)]);
    expect(watched.notices().map(({ alert }) => alert.id)).toEqual(["split lb-1/be/s1"]);
    state.findings = [];
    await clock.advance(1_000);
    expect(timers.at(-1)?.dueInMs).toBe(0);
    expect(watched.notices()).toEqual([]);
  });

  test("tries again while the store is away", async () => {
    const { clock, timers, state } = watch();
    state.isAway = true;
    state.findings = [finding("split")];
    await clock.advance(3_000);
    state.isAway = false;
    await clock.advance(1_000);
    expect(timers).toHaveLength(1);
  });

  test("waits for its own write before it looks again, and keeps what began meanwhile where that fails", async () => {
    const { clock, timers, state, watched } = watch();
    const slow = Promise.withResolvers<never>();
    state.pending = slow.promise;
    state.findings = [finding("split")];
    await clock.advance(1_500);
    state.pending = null;
    state.findings = [finding("split"), finding("sessions-held")];
    await clock.advance(5_000);
    expect(timers).toEqual([]);
    slow.reject(new Error("away"));
    await clock.advance(1_500);
    expect(watched.notices().map(({ alert }) => alert.name)).toEqual(["split", "sessions-held"]);
    expect(timers).toHaveLength(2);
  });

  test("ends only once its write has ended", async () => {
    const { clock, state, watched } = watch();
    const slow = Promise.withResolvers<never>();
    state.pending = slow.promise;
    state.findings = [finding("split")];
    await clock.advance(1_500);
    let hasEnded = false;
    const stopped = watched.stop().then(() => (hasEnded = true));
    await clock.advance(1_000);
    expect(hasEnded).toBe(false);
    slow.reject(new Error("away"));
    await stopped;
  });

  test("finds certificates, and forgets those that were renewed", async () => {
    const { clock, state, watched } = watch();
    state.servers = [serverStatus({}, { certificateExpiresAt: new Date(AT + 86_400_000).toISOString() })];
    await clock.advance(2_000);
    expect(watched.notices().map(({ alert }) => alert.name)).toEqual(["certificate-expiring"]);
    state.servers = [serverStatus()];
    await clock.advance(3_000);
    expect(watched.notices()).toEqual([]);
  });

  test("knows what holds a minute after a start", async () => {
    const { clock, watched } = watch();
    expect(watched.areKnown()).toBe(false);
    await clock.advance(BOUNDS.alertNoticesHeldMs);
    expect(watched.areKnown()).toBe(true);
  });
});
