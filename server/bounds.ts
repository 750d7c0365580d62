const SECOND = 1_000;
const KIB = 1_024;
const MIB = 1_024 * KIB;

/** Every limit and default of the program, once; docs/configuration.md has the same table, and a test compares them. */
export const BOUNDS = {
  /** Poll of HAProxy. */
  pollEveryMs: 1 * SECOND,
  pollTimeoutMs: 5 * SECOND,
  /** Polling takes at most about 5 % of HAProxy: an answer of t ms is asked for every 20 t at the soonest, at most this. */
  pollEveryMaxMs: 10 * SECOND,
  pollThrottleFactor: 20,
  pollResponseMaxBytes: 64 * MIB,
  /** `show servers state` comes with every tenth poll, or when rows change. */
  serversStateEveryPolls: 10,
  /** Up to so many servers it comes with each poll where the table hides the addresses (level user): 1.7 ms for HAProxy. */
  serversStateEachPollUpTo: 1_000,
  earlyPollEveryMs: 150,
  /** A certificate, key or password for a stats address. */
  statsFileMaxBytes: 1 * MIB,
  /** Names of `discover:` are looked up again this often, sooner where nothing was found; each within the deadline. */
  discoverEveryMs: 30 * SECOND,
  discoverRetryMs: 5 * SECOND,
  discoverTimeoutMs: 5 * SECOND,
  /** A view older than this many effective intervals is stale, and never sooner than the floor. */
  staleIntervals: 3,
  staleFloorMs: 5 * SECOND,

  /** Probes of servers. */
  probeEveryMs: 2 * SECOND,
  probeEveryApiserverMs: 1 * SECOND,
  apiserverPort: 6443,
  probeFastEveryMs: 200,
  probeFastAtMost: 5,
  probeTimeoutMs: 5 * SECOND,
  probeEveryOutOfServiceMs: 10 * SECOND,
  probeJitter: 0.05,
  /** What is due within this time is sent along: waking up for each probe alone costs more than the probe. */
  probeCoalesceMs: 10,
  probeBodyReadBytes: 64 * KIB,
  probeBodyKeptBytes: 4 * KIB,
  probesInFlight: 256,
  /** Of those so many to addresses whose last probe timed out: a dead rack must not blind us to the rest. */
  probesInFlightHung: 128,
  probesPerAddress: 20,
  probesPerAddressPerSecond: 50,
  /** A probe that is out for this part of its interval gets a second beside it; so many of one target are out at once. */
  probeHedgeAfter: 0.8,
  probesPerTarget: 2,
  /** `connection: auto` keeps connections where there are more targets than this. */
  probeFreshTargetsMax: 200,
  /** A kept connection is replaced by a fresh one after this time. */
  probeFreshEveryTlsMs: 30 * SECOND,
  probeFreshEveryPlainMs: 10 * SECOND,
  /** More targets than this times those seconds keep their connections longer: each fresh one stays in conntrack for two minutes. */
  probeFreshPerSecond: 100,
  /** Kept connections of all targets, as far as this process may open so many files; further ones are closed after each probe. */
  probeConnectionsKept: 20_000,
  /** Open files that are left for everything else: probes in flight, HAProxy's sockets, browsers. */
  filesLeftFree: 1_000,
  /** A new target is asked within this time, or its interval; those known at the start sooner. */
  probeFirstWithinMs: 1 * SECOND,
  probeFirstAtStartWithinMs: 200,
  /** Names of failing sub-checks that are kept of one answer, and the characters of each. */
  probeFailingNames: 64,
  probeFailingNameChars: 200,
  /** A ca-file or token file is looked at again after this time, and read up to this size. */
  probeFileCheckEveryMs: 1 * SECOND,
  probeFileMaxBytes: 1 * MIB,
  /** A fault of our own, such as no free descriptors, is told at most this often, with a count. */
  ownFaultLogEveryMs: 60 * SECOND,
  /** A timeout that fires later than this is a pause of ours. */
  pauseMs: 100,

  /** Judging. */
  rise: 1,
  fall: 2,
  graceMs: 30 * SECOND,
  /** `grace: auto` grows with what was seen of a backend's checks, up to this. */
  graceLearntMaxMs: 600 * SECOND,
  startGraceMs: 30 * SECOND,
  drainGraceMs: 120 * SECOND,
  /** A failure that HAProxy notices is settled at the latest after this many times the grace. */
  graceAtMost: 4,
  /** The state is looked over this often; a round that takes this many times as long means that the process stood still. */
  tickEveryMs: 250,
  pauseFactor: 4,
  /** All servers together are looked at at most this often. */
  fleetEveryMs: 100,
  connectTimeoutConfirmAfterMs: 5 * SECOND,
  trafficWorksAfterMs: 4 * SECOND,

  /** An incident ends after this much quiet, doubled for each relapse; one that comes back soon keeps its id. */
  healMs: 10 * SECOND,
  healMaxMs: 300 * SECOND,
  reopenMs: 600 * SECOND,
  deniedHeldMs: 30 * SECOND,
  incidentsKept: 1_000,
  incidentChangesKept: 200,
  /** A DOWN server that holds sessions for this long is a finding. */
  sessionsHeldAfterMs: 10 * SECOND,
  /** A server is unstable that failed for this part of the window, in at least so many episodes, while HAProxy used it. */
  unstableWindowMs: 120 * SECOND,
  unstableShare: 0.3,
  unstableEpisodes: 5,
  /** Findings are looked for this often. */
  findingsEveryMs: 1 * SECOND,
  findingsMax: 10_000,

  serversMax: 100_000,
  instancesMax: 1_000,
  verdictLogLinesPerSecond: 50,

  /** Telling. */
  publishEveryMs: 100,
  /** So many deltas after a silence wait only this long for what happens together: one fault moves several rows. */
  publishBurst: 3,
  publishCoalesceMs: 20,
  /** Rows whose counters alone moved, refreshed per second in the published state. */
  tickingRowsPerSecond: 20,
  /** The same for rows with a mismatch, which are refreshed first: all of them, up to this many. */
  tickingMismatchRowsPerSecond: 500,
  /** One delta holds at most this many rows; the rest follows in the next one. */
  deltaRowsMax: 1_000,
  streamBacklogBytes: 1 * MIB,
  streamClientsMax: 2_000,
  /** A stream that did not answer the last ping by the next one is cut. */
  streamPingEveryMs: 30 * SECOND,
  /** Longest message that a client may send on a stream: nobody has anything to say there. */
  streamMessageMaxBytes: 4 * KIB,
  /** Longest `limit` of one page of a list, and the one of a list with filters where none is given. */
  pageRowsMax: 10_000,
  pageRowsDefault: 1_000,
  /** Values that one filter may have. */
  filterValuesMax: 100,
  requestHeadersTimeoutMs: 10 * SECOND,
  requestTimeoutMs: 30 * SECOND,
  keepAliveTimeoutMs: 65 * SECOND,
  /** `/metrics` gives the loop back after this long. */
  renderSliceMs: 10,
  requestBodyMaxBytes: 64 * KIB,

  /** What the configuration may ask for. */
  configFileMaxBytes: 1 * MIB,
  configValuesMax: 100_000,
  /** Files in `conf.d`, each as long as a configuration file may be. */
  configDropInsMax: 1_000,
  everyMinMs: 100,
  everyMaxMs: 3_600 * SECOND,
  fastEveryMinMs: 50,
  timeoutMinMs: 10,
  timeoutMaxMs: 60 * SECOND,
  graceMaxMs: 3_600 * SECOND,
  /** Largest `rise` and `fall`; the judge remembers this many failures in a row. */
  countMax: 100,

  /** `check`. */
  checkMaxWaitMs: 60 * SECOND,
  /** Monitoring systems cut a plugin off after ten seconds. */
  checkPluginMaxWaitMs: 8 * SECOND,
  /** `wait`: how long it waits, and how long what it waits for has to stand. */
  waitTimeoutMs: 120 * SECOND,
  waitStableMs: 3 * SECOND,

  /** Shutdown: what has not ended by then is cut. */
  shutdownMs: 5 * SECOND,
} as const;
