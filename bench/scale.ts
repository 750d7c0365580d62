import type { Program } from "./haprobe-process.ts";

/** How much is measured, from a quick run to the tables of docs/performance.md. */
export interface Scale {
  /** Servers in the stats that are read and judged. */
  readonly tables: readonly number[];
  readonly rounds: number;
  /** Pause between two polls and between two deltas, milliseconds. */
  readonly everyMs: number;
  /** Length of one measured probing run, and of one window of the whole service. */
  readonly probeMs: number;
  readonly windowMs: number;
  readonly windows: number;
  /** How often each list is fetched. */
  readonly fetches: number;
  readonly program: Program;
  /** Cases of the whole service. */
  readonly services: readonly ServiceScale[];
  readonly load: LoadScale;
  readonly history: HistoryScale;
  readonly clients: readonly number[];
  readonly pushes: number;
  /** Servers on the dashboard's page, and how long it is watched and typed into, milliseconds. */
  readonly pages: readonly number[];
  readonly pageMs: number;
  /** Services whose alerts are measured, and messages that wait for a receiver that never answers. */
  readonly alerting: readonly ServiceScale[];
  readonly waitingMessages: number;
  /** Servers whose alerts Prometheus' own programs send; 0: they are not measured. */
  readonly stackServers: number;
  /** Servers of the comparison with Prometheus' own programs. */
  readonly compareServers: number;
  readonly compareFaults: number;
}

/** HAProxies, clients and requests at once. */
export interface LoadScale {
  readonly servers: number;
  readonly instances: number;
  /** Interval of the probes. */
  readonly everyMs: number;
  /** Streams of the dashboard, and plain ones. */
  readonly dashboards: number;
  readonly streams: number;
  /** Requests of the API, and what is tried after that. */
  readonly requestsPerSecond: number;
  readonly steps: readonly number[];
  readonly furtherStreams: number;
  /** Servers that are broken one after the other to measure the push. */
  readonly faults: number;
  readonly windowMs: number;
  readonly stepMs: number;
}

/** History in the store: a week with a change each second, and older history with one a minute. */
export interface HistoryScale {
  readonly servers: number;
  readonly weekSeconds: number;
  readonly olderMinutes: number;
  /** Minutes of series, from which a week is extrapolated. */
  readonly seriesMinutes: number;
  /** Reads of each kind, and seconds of the storm. */
  readonly reads: number;
  readonly stormSeconds: number;
}

export interface ServiceScale {
  readonly servers: number;
  readonly everyMs: number;
  readonly fastEveryMs: number;
  readonly tls: boolean;
  /** Stand-ins that are broken one after the other to measure the detection latency. */
  readonly faults: number;
}

const SECOND = 1_000;

function service(servers: number, everyMs: number, more: Partial<ServiceScale> = {}): ServiceScale {
  return { servers, everyMs, fastEveryMs: 200, tls: false, faults: 40, ...more };
}

/** About ten minutes. */
const FULL: Scale = {
  tables: [1_000, 10_000],
  rounds: 15,
  everyMs: SECOND,
  probeMs: 3 * SECOND,
  windowMs: 8 * SECOND,
  windows: 3,
  fetches: 5,
  program: "built",
  services: [
    service(100, SECOND),
    service(1_000, SECOND),
    service(1_000, SECOND, { tls: true }),
    service(100, 200, { fastEveryMs: 50 }),
    service(10_000, 2 * SECOND, { faults: 20 }),
  ],
  load: {
    servers: 10_000,
    instances: 20,
    everyMs: 2 * SECOND,
    dashboards: 500,
    streams: 500,
    requestsPerSecond: 200,
    steps: [400, 800],
    furtherStreams: 1_100,
    faults: 8,
    windowMs: 15 * SECOND,
    stepMs: 6 * SECOND,
  },
  history: {
    servers: 1_000,
    weekSeconds: 604_800,
    olderMinutes: 393 * 1_440,
    seriesMinutes: 120,
    reads: 200,
    stormSeconds: 10,
  },
  clients: [100, 1_000],
  pushes: 10,
  pages: [1_000, 10_000],
  pageMs: 20_000,
  alerting: [service(1_000, SECOND), service(1_000, 200, { fastEveryMs: 50 })],
  waitingMessages: 10_000,
  stackServers: 100,
  compareServers: 100,
  compareFaults: 20,
};

export const SCALES = {
  /** Less than a minute. */
  quick: {
    ...FULL,
    tables: [1_000],
    rounds: 5,
    probeMs: SECOND,
    windowMs: 3 * SECOND,
    windows: 1,
    services: [service(100, SECOND, { faults: 10 })],
    load: {
      ...FULL.load,
      servers: 500,
      instances: 5,
      dashboards: 20,
      streams: 20,
      steps: [400],
      furtherStreams: 20,
      faults: 2,
      windowMs: 3 * SECOND,
      stepMs: 2 * SECOND,
    },
    history: {
      servers: 1_000,
      weekSeconds: 60_000,
      olderMinutes: 40_000,
      seriesMinutes: 60,
      reads: 50,
      stormSeconds: 3,
    },
    clients: [100],
    pushes: 4,
    pages: [1_000],
    pageMs: 4_000,
    alerting: [service(100, SECOND, { faults: 10 })],
    stackServers: 20,
    compareServers: 20,
    compareFaults: 3,
  },
  full: FULL,
  /** For the test that runs every section; its figures mean nothing. */
  tiny: {
    ...FULL,
    tables: [20],
    rounds: 1,
    everyMs: 150,
    probeMs: 50,
    windowMs: 200,
    windows: 1,
    fetches: 1,
    program: "sources",
    services: [service(4, 200, { fastEveryMs: 50, faults: 1 })],
    load: {
      servers: 4,
      instances: 2,
      everyMs: 200,
      dashboards: 2,
      streams: 2,
      requestsPerSecond: 50,
      steps: [],
      furtherStreams: 2,
      faults: 1,
      windowMs: 200,
      stepMs: 200,
    },
    history: { servers: 20, weekSeconds: 200, olderMinutes: 50, seriesMinutes: 2, reads: 2, stormSeconds: 0.2 },
    clients: [2],
    pushes: 1,
    pages: [200],
    pageMs: 500,
    alerting: [service(4, 200, { fastEveryMs: 50, faults: 1 })],
    waitingMessages: 20,
    stackServers: 0,
    compareServers: 2,
    compareFaults: 1,
  },
} as const satisfies Record<string, Scale>;
