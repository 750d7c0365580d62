import type { InstanceStatus } from "../../server/contract/status.ts";

/** What was tried without success, and what to do about it. */
export interface FirstRunTry {
  readonly stats: string;
  /** How it answered. */
  readonly result: string;
  /** Empty where nothing is wrong with it by itself. */
  readonly remedy: string;
}

/** A step with lines to paste; none where there is nothing to paste. */
export interface FirstRunStep {
  readonly title: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly label: string;
}

/** An address at which there is something is likelier meant than one where there is nothing. */
const NOTHING_THERE = /^HAPROBE_STATS_(SOCKET_MISSING|REFUSED)$/;

/** The configured HAProxies as they answered, and which of them is most likely the cause; -1: none has failed. */
export function triedInstances(instances: readonly InstanceStatus[]): {
  readonly tries: readonly FirstRunTry[];
  readonly likeliest: number;
} {
  const tries = instances.map(({ stats, state, error }) => ({
    stats,
    result: error?.message ?? (state === "ok" ? "responds, but has no server" : "not polled yet"),
    remedy:
      error?.remedy ??
      (state === "ok" ? "Add a `server` line to a backend, and reload HAProxy: haprobe probes what HAProxy has." : ""),
  }));
  const isWrong = instances.map(({ error }) => error !== null && !NOTHING_THERE.test(error.code));
  const place = isWrong.indexOf(true);
  return { tries, likeliest: place >= 0 ? place : tries.findIndex(({ remedy }) => remedy !== "") };
}

const SOCKET = "/run/haproxy/admin.sock";

/** Lines of haproxy.cfg that serve HAProxy's stats at the address of an instance. */
export function statsLines(stats: string): readonly string[] {
  if (/^https?:/.test(stats)) {
    const { port, pathname } = new URL(stats);
    const lines = ["mode http", `bind :${port || (stats.startsWith("https:") ? 443 : 80)}`];
    return ["frontend stats", ...[...lines, "stats enable", `stats uri ${pathname}`].map((line) => `    ${line}`)];
  }
  const path = /^unix:(.+)/.exec(stats)?.[1];
  const port = /^tcp:.*:(\d+)$/.exec(stats)?.[1];
  const address = path ?? (port === undefined ? SOCKET : `ipv4@:${port}`);
  return ["global", `    stats socket ${address} mode 660 level user`];
}

/** What is left to do; `stats` is the configured address that most likely fails, null: none is configured. */
export function firstRunSteps(stats: string | null): readonly FirstRunStep[] {
  const [title, text] =
    stats === null
      ? ["Give HAProxy a socket", "that haprobe's user may read and write"]
      : ["Compare haproxy.cfg", "it serves its stats where haprobe reads them"];
  const socket = { title, text, lines: statsLines(stats ?? `unix:${SOCKET}`), label: "the lines for haproxy.cfg" };
  const reload = { title: "Reload HAProxy", text: "", lines: ["systemctl reload haproxy"], label: "the command" };
  const rest = {
    title: "Nothing else",
    text: "What to probe follows from HAProxy's own servers.",
    lines: [],
    label: "",
  };
  if (stats !== null) return [socket, reload, rest];
  const serve = {
    title: "Point haprobe at it",
    text: "where it is another one than the usual",
    lines: [`haprobe serve --haproxy unix:${SOCKET}`],
    label: "the command",
  };
  return [socket, serve, rest];
}
