import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readRequestTarget } from "../../server/access/request-target.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { loadSettings } from "../../server/config/load.ts";
import { applyDelta, type FleetReplica, fromSnapshot } from "../../server/contract/apply-delta.ts";
import { HaprobeError } from "../../server/errors.ts";
import { parseShowInfo } from "../../server/haproxy/show-info.ts";
import { createServersStateParser } from "../../server/haproxy/servers-state.ts";
import { createSnapshotParser } from "../../server/haproxy/snapshot-parser.ts";
import { STAT_COLUMNS } from "../../server/haproxy/stat-columns.ts";
import { scanStatCsv } from "../../server/haproxy/stat-csv.ts";
import { streamMessageSchema } from "../../server/http/schemas/stream-schema.ts";
import { parseFailingChecks } from "../../server/probe/failing-checks.ts";
import { Http2FrameLimits } from "../../server/probe/http2-frame-limits.ts";
import { parseSimpleResponse } from "../../server/probe/simple-response.ts";
import { TlsRecordLimits } from "../../server/probe/tls-record-limits.ts";
import { createFilteredStream, parseStreamFilter } from "../../server/push/stream-filter.ts";
import { createStatePublisher } from "../../server/push/state-publisher.ts";
import { captures } from "../haproxy/captures.ts";
import { MonitorHarness } from "../support/monitor-harness.ts";
import { UNEXPECTED_FAULTS } from "../support/unexpected-faults.ts";

/** A reader of untrusted input. `run` throws only what is a fault of haprobe. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs, one character per byte. */
  readonly seeds: readonly string[];
  /** Texts that mean something in this format. */
  readonly words: readonly string[];
  /** CPU milliseconds that an input of 64 KiB may take. */
  readonly limitMs: number;
  run(text: string): void;
}

const FIXTURES = join(import.meta.dirname, "../fixtures");

function readFixtures(folder: string, pattern: RegExp): string[] {
  const path = join(FIXTURES, folder);
  return readdirSync(path)
    .filter((name) => pattern.test(name))
    .map((name) => readFileSync(join(path, name), "latin1"));
}

/** Runs steps to their end; an error with a code is an answer. */
function runToEnd(steps: Iterator<unknown, unknown, void>): void {
  expectCode(() => {
    while (steps.next().done !== true);
  });
}

function expectCode(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof HaprobeError) || error.code === "HAPROBE_INTERNAL") throw error;
  }
}

const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");
const NUMBERS = ["0", "-1", "999999999999999", "1e400", "4294967295", "0x10"];

/** A snapshot and a delta of a small fleet. */
async function createStreamMessages(): Promise<string[]> {
  const harness = new MonitorHarness();
  harness.poll([["cp-1", "UP", "L4OK"]]);
  await harness.advance(250);
  const { live, changes } = harness.monitor;
  const published = createStatePublisher({
    live,
    changes,
    clock: harness.clock,
    epoch: "e",
    faults: UNEXPECTED_FAULTS,
  });
  const messages: string[] = [JSON.stringify(published.snapshot())];
  published.subscribe((delta) => messages.push(JSON.stringify(delta)));
  harness.probe(1, "etcd");
  harness.poll([["cp-2", "DRAIN"]], { sentAt: harness.clock.now() + 1 });
  await harness.advance(1_000);
  published.stop();
  return messages;
}

let parser = createSnapshotParser("lb");
let parsed = 0;
let replica: FleetReplica | null = null;

/** All readers. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  {
    name: "response of HAProxy",
    limitMs: 50,
    seeds: captures(),
    words: ["\n\n", '""', ",,", "* ", "UP", "MAINT (resolution)", "# pxname,", "Name: ", "1\n# be_id", ...NUMBERS],
    run(text) {
      // A parser that keeps its last response, as in the service.
      if ((parsed += 1) % 20 === 0) parser = createSnapshotParser("lb");
      const response = { bytes: bytesOf(text), connectMs: 0, sentAt: parsed, receivedAt: parsed };
      runToEnd(parser.parse(response, { backend: null, serversState: true, wallMs: 0 }));
    },
  },
  {
    name: "table",
    limitMs: 50,
    seeds: readFixtures("haproxy", /\.csv$/),
    words: ['"', '""', ",", ",,", "\n\n", "\r\n", "# ", ...STAT_COLUMNS.slice(0, 30), ...NUMBERS],
    run: (text) => runToEnd(scanStatCsv(bytesOf(text), 0, STAT_COLUMNS.slice(0, 20), { onRecord: ({ raw }) => raw })),
  },
  {
    name: "servers' state",
    limitMs: 50,
    seeds: readFixtures("haproxy", /servers[-_]state/),
    words: ["1\n# ", " - ", "srv_addr", "srv_fqdn", " 32 ", "\n\n", ...NUMBERS],
    run(text) {
      const bytes = bytesOf(text);
      runToEnd(createServersStateParser().parse(bytes, { from: 0, to: bytes.length }));
    },
  },
  {
    name: "show info",
    limitMs: 50,
    seeds: readFixtures("haproxy", /show_info/),
    words: ["Pid: ", "Uptime_sec: ", "Start_time_sec: ", ": ", '"', "\n", ...NUMBERS],
    run: (text) => expectCode(() => void parseShowInfo(text, 0)),
  },
  {
    name: "configuration",
    limitMs: 50,
    seeds: readFixtures("config", /\.yaml$/),
    words: [
      "&a ",
      "*a",
      "<<: ",
      "!!",
      "${A}",
      "${A:-b}",
      "$$",
      "- ",
      ": ",
      "{",
      "[",
      "|\n",
      "? ",
      "haproxy:",
      "probes:",
      "match:",
      "1s",
    ],
    run(text) {
      const readFile = (path: string): string => {
        if (path === "/cfg/haprobe.yaml") return text;
        throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
      };
      loadSettings({ haproxy: [], env: { A: "b" }, cwd: "/cfg", file: "haprobe.yaml", readFile });
    },
  },
  {
    name: "message of the stream",
    limitMs: 50,
    seeds: await createStreamMessages(),
    words: ['"seq":', '"servers":[', '"removed":[', '"__proto__"', "null", "[]", "{}", ...NUMBERS],
    run(text) {
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {
        return;
      }
      const message = streamMessageSchema.safeParse(json);
      if (!message.success) return;
      if (message.data.type === "snapshot") {
        replica = fromSnapshot(message.data);
        createFilteredStream({ mismatchesOnly: true, instances: null }, message.data).filterSnapshot(message.data);
      } else if (replica !== null) {
        const applied = applyDelta(replica, message.data);
        if (applied.kind === "applied") replica = applied.replica;
      }
    },
  },
  {
    name: "request",
    limitMs: 50,
    seeds: ["/api/v1/stream?problems=1&instance=a&instance=b", "http://a:80/x?y", "/haprobe/api/v1/servers?backend=a*"],
    words: ["%", "%00", "://", "@", "[::1]", "..", "?", "&", "=", "problems=1", "instance="],
    run(text) {
      const target = readRequestTarget({ url: text, httpVersion: "1.1", headersDistinct: { host: ["a"] } }, "/haprobe");
      if (target.kind === "target") parseStreamFilter(new URLSearchParams(target.path.split("?")[1] ?? ""));
    },
  },
  {
    name: "response of a server",
    limitMs: 50,
    seeds: [
      "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok",
      "[+]ping ok\n[-]etcd failed: reason withheld\n[+]poststarthook/a ok\nreadyz check failed\n",
      '{"status":"fail","checks":{"a":[{"status":"pass"}]}}',
    ],
    words: ["\r\n", "[-]", "[+]", "poststarthook/", "content-length: ", '"status"', "{", "["],
    run(text) {
      const bytes = bytesOf(text);
      parseSimpleResponse(bytes, "GET");
      for (const type of ["text/plain", "application/json"])
        parseFailingChecks(type, text.slice(0, BOUNDS.probeBodyReadBytes));
      new TlsRecordLimits().check(bytes);
      new Http2FrameLimits().check(bytes);
    },
  },
];
