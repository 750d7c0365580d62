const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const KIB = 1_024;
const MIB = 1_024 * KIB;

/** Every limit and default; a test compares them with the table in docs/configuration.md. */
export const BOUNDS = {
  /** Polling. */
  pollEveryMs: 1 * SECOND,
  pollTimeoutMs: 5 * SECOND,
  /** Polling takes about 5 % of HAProxy at most: a response of t ms gives an interval of 20 t, up to this. */
  pollEveryMaxMs: 10 * SECOND,
  pollThrottleFactor: 20,
  pollResponseMaxBytes: 64 * MIB,
  /** A larger response is collected in one buffer as it arrives. */
  pollLargeResponseBytes: 8 * MIB,
  /** Smallest cost of one chunk of a response, in bytes. */
  pollChunkCostBytes: 256,
  /** Interim responses (1xx) of a stats page. */
  interimResponsesMax: 16,
  /** Parsing, applying and rendering take this long together, then the event loop runs. */
  sliceMs: 5,
  /** The steps of this work, after which the time is checked: bytes of parsing, rows applied, servers judged. */
  parseStepBytes: 64 * KIB,
  /** Fixed work per row, in bytes of parsing. */
  parseRowBytes: 64,
  applyStepRows: 500,
  judgeStepServers: 20,
  /** Steps that a recording counts as one. */
  workSteps: 4,
  /** A search for the end of a section checks the time after this many bytes. */
  searchStepBytes: 1 * MIB,
  /** Rows of one table; more proxies, or more malformed rows, make the response an error, and so do `serversMax` lines of the servers' state. */
  statRowsMax: 200_000,
  statProxiesMax: 50_000,
  statMalformedRowsMax: 1_000,
  statColumnsMax: 1_000,
  statHeaderMaxBytes: 16 * KIB,
  statRowMaxBytes: 64 * KIB,
  /** A row with a longer name is malformed; longer texts are cut. */
  statNameMaxChars: 256,
  statTextMaxChars: 1_024,
  showInfoMaxBytes: 64 * KIB,
  showInfoLinesMax: 1_000,
  /** Every tenth poll requests `show servers state`, and each poll whose rows change. */
  serversStateEveryPolls: 10,
  /** Up to this many servers each poll requests it where the table has no addresses (level user): 1.7 ms for HAProxy. */
  serversStateEachPollUpTo: 1_000,
  earlyPollEveryMs: 150,
  /** A certificate, key or password for a stats address. */
  statsFileMaxBytes: 1 * MIB,
  /** Interval of the lookups of `discover:`, after a failure, and the deadline of each. */
  discoverEveryMs: 30 * SECOND,
  discoverRetryMs: 5 * SECOND,
  discoverTimeoutMs: 5 * SECOND,
  /** A view older than this many effective intervals, and older than the floor, is stale. */
  staleIntervals: 3,
  staleFloorMs: 5 * SECOND,
  /** A poll, a probe or a pass of the judge that is this late makes `/readyz` fail; it is looked at in the second interval. */
  lateAfterMs: 15 * SECOND,
  lateCheckEveryMs: 250,

  /** Probing. */
  probeEveryMs: 2 * SECOND,
  probeEveryApiserverMs: 1 * SECOND,
  apiserverPort: 6443,
  probeFastEveryMs: 200,
  probeFastAtMost: 5,
  /** Early probes of one target that changes all the time: so many at once, and one more after each of these intervals. */
  probeFastBurst: 10,
  probeFastRefillIntervals: 4,
  /** A target with so many erratic probes more than others is probed in a multiple of its interval, at most in the third: its result changes with each of them, is no HTTP, or has a body without end. */
  probeErraticMax: 20,
  probeErraticIntervals: 3,
  probeErraticEveryMs: 3 * SECOND,
  /** A target that failed so often in a row is probed in a multiple of its interval, at most in the third. */
  probeFailingMax: 30,
  probeFailingIntervals: 2,
  probeFailingEveryMs: 2 * SECOND,
  probeTimeoutMs: 5 * SECOND,
  probeEveryOutOfServiceMs: 10 * SECOND,
  probeJitter: 0.05,
  /** One timer starts the probes due within this time, since a timer costs more than a probe. */
  probeCoalesceMs: 10,
  probeBodyReadBytes: 64 * KIB,
  probeBodyKeptBytes: 4 * KIB,
  probeHeadKeptBytes: 2 * KIB,
  /** Received bytes of one response, headers, framing and interim responses included. */
  probeResponseBytes: 128 * KIB,
  /** Reads of its socket, and small chunks of its body, since each one costs as much as some kilobytes. */
  probeResponseReads: 64,
  probeSmallChunks: 64,
  probeSmallChunkBytes: 256,
  /** More reads that are so small, or a failing response of more bytes, make a probe wasteful. */
  probeSmallReads: 16,
  probeFailingBytes: 32 * KIB,
  /** After so many wasteful probes a target counts as costly; each other one makes up for a quarter. */
  probeWastefulMax: 5,
  /** Bytes that a TCP probe's expectation is matched against, summed over its chunks. */
  probeMatchedBytes: 256 * KIB,
  probeInterimHeaders: 32,
  /** Header fields of a response, and bytes of its head: HAProxy's own defaults, beyond which its clients get a 502. */
  probeHeaders: 101,
  probeHeadBytes: 15 * KIB,
  /** What one TLS connection receives below TLS, besides its responses: bytes, and session tickets. */
  probeTlsBytes: 192 * KIB,
  probeTlsTickets: 16,
  /** A longer handshake makes a probe wasteful: each certificate of a chain takes up to a millisecond. Far longer ones of costly targets are not read. */
  probeHandshakeBytes: 16 * KIB,
  /** So does one that takes OpenSSL longer, as few certificates can; measured for this part of those with more bytes, as that costs time. */
  probeHandshakeMs: 4,
  /** Of a costly target with one that took still longer, no more bytes of handshakes are read than those that are not timed. */
  probeHandshakeSlowMs: 12,
  probeHandshakeTimedBytes: 2 * KIB,
  probeHandshakeTimedShare: 0.125,
  probeHandshakeMaxBytes: 32 * KIB,
  /** The received bytes are looked at in this interval, of at most so many connections. */
  probeTlsLookEveryMs: 100,
  probeTlsLooks: 500,
  /** A target that exceeded these limits, or whose probes are wasteful, counts as costly for this long: its TLS records are counted as well, */
  probeCostlyForMs: 600 * SECOND,
  probeTlsRecords: 160,
  /** and it is probed in this many times its interval, which a result stays valid for. */
  probeCostlyIntervals: 3,
  /** doubled after each further so many wasteful probes, up to an interval of the second. */
  probeWastefulAgainMax: 1,
  probeCostlyEveryMaxMs: 30 * SECOND,
  probeHttp2Frames: 512,
  /** CONTINUATION frames: headers of 16 KiB need one. */
  probeHttp2Continuations: 8,
  probesInFlight: 256,
  /** Probes that are sent in one turn of the event loop, since what comes back of them does so in one turn as well. */
  probesPerTurn: 32,
  /** Limit for addresses whose last probe timed out, so that a failed rack leaves capacity for the rest. */
  probesInFlightHung: 128,
  probesPerAddress: 20,
  probesPerAddressPerSecond: 50,
  /** A probe in flight for this part of its interval gets a hedged one; the limit of probes in flight per target. */
  probeHedgeAfter: 0.8,
  probesPerTarget: 2,
  /** After so many timeouts in a row a target has no hedged and no early probes, whatever its verdict. */
  probeTimeoutsHedged: 10,
  /** `connection: auto` keeps connections for more targets than this. */
  probeFreshTargetsMax: 200,
  /** Lifetime of a kept connection. */
  probeFreshEveryTlsMs: 30 * SECOND,
  probeFreshEveryPlainMs: 10 * SECOND,
  /** Limit of fresh connections per second, which lengthens the lifetime: conntrack keeps each for two minutes. */
  probeFreshPerSecond: 100,
  /** Kept connections of all targets, as far as the limit of open files permits; others are closed after each probe. */
  probeConnectionsKept: 20_000,
  /** Open files reserved for everything else: probes in flight, polls, browsers. */
  filesLeftFree: 1_000,
  /** A new target is probed within this time, or its interval; those known at the start sooner. */
  probeFirstWithinMs: 1 * SECOND,
  probeFirstAtStartWithinMs: 200,
  /** Names of failing sub-checks kept per response, and the characters of each. */
  probeFailingNames: 64,
  probeFailingNameChars: 200,
  /** Interval in which a ca-file or token file is checked for changes, and its largest size. */
  probeFileCheckEveryMs: 1 * SECOND,
  probeFileMaxBytes: 1 * MIB,
  /** A local fault, such as no free file descriptors, is logged at most this often, with a count. */
  ownFaultLogEveryMs: 60 * SECOND,
  /** A timeout that fires later than this indicates a pause of this process. */
  pauseMs: 100,

  /** Judging. */
  rise: 1,
  fall: 2,
  graceMs: 30 * SECOND,
  /** Upper limit of `grace: auto`, which is learnt from a backend's checks. */
  graceLearntMaxMs: 600 * SECOND,
  startGraceMs: 30 * SECOND,
  drainGraceMs: 120 * SECOND,
  /** Settling of a failure that HAProxy notices ends after this many times the grace. */
  graceAtMost: 4,
  /** Interval of the judge; one longer by this factor means that the process was paused. */
  tickEveryMs: 250,
  pauseFactor: 4,
  /** A pass over all servers waits for this many times as long as the last one took, at most `passPauseMaxMs`. */
  passPauseFactor: 2,
  passPauseMaxMs: 1 * SECOND,
  /** Shortest interval of the fleet's verdicts. */
  fleetEveryMs: 100,
  connectTimeoutConfirmAfterMs: 5 * SECOND,
  trafficWorksAfterMs: 4 * SECOND,
  trafficServedForMs: 60 * SECOND,
  /** A TLS handshake that times out this soon after a pass is the server's fault: paths do not change so. */
  recentPassMs: 10 * SECOND,
  /** A result older than this many intervals and one timeout says nothing any more. */
  probeStaleIntervals: 3,
  /** The word of a vantage counts for this many heartbeats after it was heard last. */
  vantageHeardHeartbeats: 3,
  /** A probe of a vantage counts beside others' up to this many intervals, and at least up to this age. */
  vantageProbeIntervals: 2,
  vantageProbeAgeMs: 5 * SECOND,
  /** Vantages that differ for this long are a finding. */
  vantagesDifferAfterMs: 10 * SECOND,
  /** What a vantage says is merged again after this time where another one is awaited. */
  vantageMergeAgainMs: 2 * SECOND,
  /** A hub looks this often for faults to merge, takes so many at once, for so long, and again after a conflict. */
  hubMergeEveryMs: 1 * SECOND,
  hubFaultsAtOnce: 100,
  hubMergeLeaseMs: 10 * SECOND,
  hubMergeRetryMs: 100,
  /** How often the address of `active-when` is looked for; what is open is sent this long after it has come. */
  activityEveryMs: 1 * SECOND,
  takeOverAfterMs: 30 * SECOND,
  /** Groups of alerts that a take-over looks at for each channel. */
  takeOverLanesMax: 1_000,
  /** A hub reads the tables this often, and so soon after something was committed. */
  hubTailEveryMs: 1 * SECOND,
  hubTailSoonMs: 20,
  /** Incidents that it reads at once, and for how long it reads them twice, since commits are not in the order of their times. */
  hubIncidentsRead: 200,
  hubOverlapMs: 5 * SECOND,
  /** Different judgements that it holds once. */
  hubJudgementsMax: 10_000,
  /** A process reports at most this often to the others on its database that it has committed. */
  hubNotifyEveryMs: 100,
  /** Vantages that a sentence names. */
  vantagesNamed: 4,

  /** An incident ends after this time without a failure, doubled for each relapse; one that recurs within `reopenMs` keeps its id. */
  healMs: 10 * SECOND,
  healMaxMs: 300 * SECOND,
  reopenMs: 600 * SECOND,
  deniedHeldMs: 30 * SECOND,
  incidentsKept: 1_000,
  incidentChangesKept: 200,
  incidentNotesMax: 100,
  incidentNameChars: 100,
  incidentNoteChars: 2_000,
  /** Interval in which an incident's traffic is reported, so that a later process goes on from there. */
  incidentCountsEveryMs: 5 * SECOND,
  /** Evidence of an incident: columns of HAProxy's row, characters of each, and of the probe's body. */
  evidenceColumnsMax: 200,
  evidenceColumnChars: 256,
  evidenceBodyChars: 300,
  /** An incident is critical with this share of a backend's sessions or requests, once there were so many of them; it stays so down to the lower share. */
  urgencyShare: 0.5,
  urgencyShareKept: 0.4,
  urgencySessionsMin: 20,
  /** Servers that one incident names; further ones are not added. */
  incidentMembersMax: 1_000,
  /** Members of a restored incident whose instance does not exist leave it this long after the start. */
  restoredMembersHeldMs: 60 * SECOND,
  /** A verdict that is settled this long after an earlier run was last heard began when the earlier run said, if it is the same. */
  restoredSinceMaxMs: 3_600 * SECOND,
  /** A DOWN server with sessions for this long is a finding. */
  sessionsHeldAfterMs: 10 * SECOND,
  /** A server is unstable that fails for this part of the window, in at least this many episodes, while HAProxy uses it. */
  unstableWindowMs: 120 * SECOND,
  unstableShare: 0.3,
  unstableEpisodes: 5,
  /** A server is flapping that HAProxy takes DOWN at least this many times within the window. */
  flappingWindowMs: 600 * SECOND,
  flappingEpisodes: 4,
  /** Interval in which findings are detected. */
  findingsEveryMs: 1 * SECOND,
  findingsMax: 10_000,

  /** Without any HAProxy the default addresses are tried this often. */
  defaultAddressesEveryMs: 5 * SECOND,

  /** A read of the store: rows of one page, and changes of one strip before they are thinned. */
  historyPageRows: 2_000,
  historyEntriesMax: 10_000,
  /** Runs of haprobe that are looked at; each start and each pause begins one. */
  historySpansMax: 10_000,
  /** Reloads of one instance that are kept, the newest. */
  reloadsMax: 1_000,
  /** A run that was recorded this lately lasts still. */
  historyLiveEdgeMs: 30 * SECOND,
  /** Samples for series: how often, for how long in memory (about 3 kB a server), and of how many servers at most. */
  seriesEveryMs: 5 * SECOND,
  seriesRawMs: 900 * SECOND,
  seriesServersMax: 20_000,
  /** Portions of series that wait for the store; further ones are dropped. */
  seriesPortionsMax: 64,
  seriesPortionRows: 250,
  /** Requests about the past that are read at once, so that writes find a place in the store's queue. */
  historyRequestsMax: 32,
  /** Default and largest `points` of a history or series. */
  historyPointsDefault: 240,
  historyPointsMax: 2_000,
  /** Longest range of one request. */
  historyRangeMaxMs: 400 * 86_400 * SECOND,

  /** Servers of all instances, and of one. */
  serversMax: 100_000,
  serversPerInstanceMax: 25_000,
  instancesMax: 1_000,
  verdictLogLinesPerSecond: 50,
  faultLogLinesPerSecond: 2,
  /** Events that wait for one slow sink; beyond them the oldest are dropped. */
  sinkQueueEvents: 10_000,
  /** A sink whose current event has waited this long is behind. */
  sinkBehindAfterMs: 5 * SECOND,
  /** Log lines that wait for a slow reader; further ones are lost. */
  logBacklogBytes: 1 * MIB,

  /** The store: calls that wait for its thread, and the longest wait of one. */
  storeRequestsMax: 256,
  storeTimeoutMs: 30 * SECOND,
  storeHeapMaxMb: 256,
  /** Wait for a lock of the database file, or of a row in PostgreSQL; for a connection to it; and its connections. */
  storeLockTimeoutMs: 5 * SECOND,
  storeConnectTimeoutMs: 5 * SECOND,
  storePostgresConnections: 4,
  /** What is beyond its retention is removed at this interval, in slices of so many rows with a pause after each. */
  storePruneEveryMs: 600 * SECOND,
  storePruneRows: 500,
  storePrunePauseMs: 50,
  /** Events in the log of a data directory, for readers that were away. */
  storeLogEvents: 10_000,
  /** The same where a hub gets them, and how long they are kept; beyond, it gets the newest verdict of each server. */
  spoolEvents: 200_000,
  spoolKeptMs: 1 * DAY,
  /** A request to a hub: its events, their JSON before compression, and how long events wait for others. */
  forwardEventsMax: 500,
  forwardMaxBytes: 256 * KIB,
  forwardEveryMs: 2 * SECOND,
  forwardMismatchEveryMs: 100,
  /** A vantage reports to a hub at least this often that it is there, and one that was not heard for three of them is silent. */
  forwardHeartbeatEveryMs: 10 * SECOND,
  vantageSilentAfterMs: 30 * SECOND,
  /** What a vantage said last is forgotten after so long; its history stays for its retention. */
  vantageForgottenAfterMs: 7 * DAY,
  /** A hub that does not answer, and pauses before the next try, doubled up to the second; what it asks for is followed up to the third. */
  forwardTimeoutMs: 10 * SECOND,
  forwardRetryMinMs: 1 * SECOND,
  forwardRetryMaxMs: 30 * SECOND,
  forwardRetryAfterMaxMs: 300 * SECOND,
  /** How far a hub has the log is written down this often. */
  forwardPositionEveryMs: 5 * SECOND,
  /** The answer of a hub, and the file with the token for it. */
  forwardAnswerMaxBytes: 4 * KIB,
  /** What a hub takes: a request as it is sent and unpacked, a name, a text and a server object in it, and instances. */
  ingestMaxBytes: 512 * KIB,
  ingestUnpackedMaxBytes: 2 * MIB,
  ingestNameChars: 256,
  ingestTextChars: 1_024,
  ingestBodyChars: 32 * KIB,
  /** Findings that a vantage sends with a heartbeat, worst first, and the longest advice of one. */
  vantageFindingsMax: 100,
  ingestAdviceChars: 4_096,
  /** Requests of vantages that a hub applies at once; further ones are asked to come again. */
  ingestsMax: 32,
  /** A vantage that sends under a name that another has is shown so long. */
  supersededShownMs: 90 * SECOND,
  /** Clocks that differ by more are a finding. */
  vantageSkewMs: 2 * SECOND,
  /** The clock of a vantage is measured by the fastest of so many requests. */
  vantageSkewRequests: 3,
  /** Messages that were sent or given up, and silences that ended. */
  outboxKeptMs: 30 * DAY,
  /** Size to which the write-ahead log is cut after a checkpoint. */
  storeWalKeptBytes: 16 * MIB,

  /** Publishing. */
  publishEveryMs: 100,
  /** This many deltas after a pause wait only this long for further changes, since one fault changes several rows. */
  publishBurst: 3,
  publishCoalesceMs: 20,
  /** The servers are counted in steps of so many, and again after this many times as long as that took, at most `passPauseMaxMs`. */
  summaryStepServers: 1_000,
  summaryPauseFactor: 20,
  /** Rows refreshed per second in the published state where only counters changed. */
  tickingRowsPerSecond: 20,
  /** The same for rows with a mismatch, which come first. */
  tickingMismatchRowsPerSecond: 500,
  /** Rows of one delta; the next one has the rest. */
  deltaRowsMax: 400,
  streamBacklogBytes: 1 * MIB,
  streamClientsMax: 2_000,
  /** Connections and requests under way of all clients; one address gets at most half of these and of the streams. */
  connectionsMax: 4_000,
  requestsMax: 256,
  /** Lists that are rendered for one client; rendering 10,000 rows takes the event loop some 10 ms. */
  listsMax: 8,
  /** A list of servers that is not longer is rendered besides: a script that asks for the mismatches waits for no other client. */
  listShortRows: 100,
  /** Pipelined requests that wait on one connection. */
  requestsPipelinedMax: 4,
  /** A response has to be sent completely within this time. */
  responseTimeoutMs: 60 * SECOND,
  /** Bytes that are being sent to all clients, what they share counted once; one address gets at most half. */
  bytesBeingSentMax: 128 * MIB,
  /** Responses that are compressed at once, each on a thread of the pool of four; further ones are sent as they are. */
  compressionsMax: 2,
  /** The text of `/metrics` is kept for this many times as long as rendering it took, up to the second. */
  metricsKeptFactor: 10,
  metricsKeptMaxMs: 5 * SECOND,
  /** Backends of one HAProxy that have series of their own in `/metrics`; further ones are summed, as are their servers. */
  metricsBackendsMax: 2_000,
  /** Lines about failed requests; more are counted. */
  requestLogLinesPerSecond: 5,
  /** Interval of the line that says what clients were refused, for each kind. */
  refusedLogEveryMs: 60 * SECOND,
  /** A stream that answers no ping until the next one is closed. */
  streamPingEveryMs: 30 * SECOND,
  /** What a client may send on a stream from one ping to the next: it answers those, and may ping. */
  streamReceivedMaxBytes: 8 * KIB,
  /** Longest message of a client on a stream; the protocol has none. */
  streamMessageMaxBytes: 4 * KIB,
  /** Largest `limit` of one page of a list, and the default of a list with filters. */
  pageRowsMax: 10_000,
  pageRowsDefault: 1_000,
  /** A page of incidents ends before it gets longer than this; the first one is in it whatever its size. */
  pageMaxBytes: 4 * MIB,
  /** Incidents that are read from the store at once. */
  archiveRowsRead: 50,
  /** A list of incidents waits this long for the store, and is incomplete then. */
  archiveTimeoutMs: 1 * SECOND,
  /** Values of one filter. */
  filterValuesMax: 100,
  /** At a start, how long the program behind a UNIX socket that is there has to accept a connection. */
  staleSocketTimeoutMs: 1 * SECOND,
  /** TLS of our own listener: a handshake and its first byte have this long, and so many are under way; one address gets at most half. */
  tlsHandshakeTimeoutMs: 10 * SECOND,
  tlsHandshakesMax: 256,
  /** Interval in which its files are read again, and their largest size. */
  tlsFilesCheckEveryMs: 2 * SECOND,
  tlsFileMaxBytes: 1 * MIB,
  /** The finding about a certificate that expires comes this long before. */
  tlsExpiryWarningMs: 14 * DAY,
  requestHeadersTimeoutMs: 10 * SECOND,
  requestTimeoutMs: 30 * SECOND,
  requestTimeoutCheckEveryMs: 1 * SECOND,
  /** While clients connect, other work waits this long before it has a turn of the event loop. */
  acceptingMs: 25,
  keepAliveTimeoutMs: 65 * SECOND,
  requestBodyMaxBytes: 64 * KIB,
  /** Small chunks of one request's body; more end its connection. */
  requestSmallChunksMax: 256,
  requestSmallChunkBytes: 256,
  /** Ends of lines (CRLF), or semicolons, in what is read of a connection at once, 64 KiB at most; more end it. Of a stats page ends of lines alone. */
  readSeparatorsMax: 512,

  /** What changed is written together this often; an incident that opens, at once. */
  storeBatchEveryMs: 100,
  /** Rows of history in one transaction. */
  storeBatchEvents: 200,
  /** Incidents in one transaction: 4 KB each, which the main thread copies for the store's. */
  storeBatchIncidents: 100,
  /** Rows that wait for the store; above, those that a later one of their server follows are dropped, the oldest first. */
  storeQueueEvents: 20_000,
  /** Incidents that wait for the store, and messages. */
  storeQueueIncidents: 10_000,
  /** A sign of life is written this often, so that a crash leaves at most this gap in what is known. */
  storeHeartbeatEveryMs: 10 * SECOND,
  /** Pause after a failed commit, doubled up to the second. */
  storeRetryMinMs: 250,
  storeRetryMaxMs: 10 * SECOND,
  /** What waits this long for the store is a finding. */
  storeBehindAfterMs: 5 * SECOND,
  /** A start waits this long for the store. */
  storeOpenTimeoutMs: 5 * SECOND,
  /** Pause before a store that cannot be opened is tried again, doubled up to the second. */
  storeOpenMinMs: 1 * SECOND,
  storeOpenMaxMs: 30 * SECOND,
  /** A stop waits this long for the last commit. */
  storeFlushMs: 3 * SECOND,
  /** Ended incidents that a start reads, and verdicts that it reads at once. */
  incidentsRestoredEnded: 100,
  storeReadRows: 1_000,
  /** The file with the URL of the database. */
  databaseUrlMaxBytes: 4 * KIB,
  /** How long history may be kept. */
  retentionMinMs: 1 * HOUR,
  retentionMaxMs: 4_000 * DAY,

  /** The recording: how long and how much is kept, and the length of one segment. */
  recordingKeptMs: 6 * 3_600 * SECOND,
  recordingMaxBytes: 256 * MIB,
  recordingKeptMaxMs: 7 * 86_400 * SECOND,
  recordingMinBytes: 16 * MIB,
  recordingLargestBytes: 64 * 1_024 * MIB,
  recordingSegmentMs: 300 * SECOND,
  /** A segment ends at this part of the largest size, too, so that the oldest one can go. */
  recordingSegmentsMin: 16,
  /** Lines are compressed and written at this interval: what a kill loses. */
  recordingFlushMs: 1 * SECOND,
  /** Characters of lines that wait for the disk; beyond them inputs are lost and counted. */
  recordingQueueChars: 8 * MIB,
  /** The changes of a table with more rows are written in parts, which takes the event loop less at a time. */
  recordingLargeRows: 1_000,
  /** After a failed write the recording goes on this much later. */
  recordingRetryMs: 60 * SECOND,
  /** Characters of a failed probe's body that are recorded. */
  recordingBodyChars: 1 * KIB,
  /** Characters of one line of a recording, and of one file, that `replay` reads. */
  replayLineMaxChars: 16 * MIB,
  replayFileMaxChars: 1_024 * MIB,
  /** An exported stretch ends this long after the incident; one that lasts is cut after `exportMaxMs`. */
  exportAfterMs: 60 * SECOND,
  exportMaxMs: 3_600 * SECOND,
  exportBodyChars: 200,
  /** Verdict changes and incidents that a replay keeps, and faults that it names. */
  replaySaidMax: 1_000_000,
  replayFaultsMax: 100,
  /** A replay of a span begins this long before it, so that everything is decided when it begins. */
  replayBeforeMs: 600 * SECOND,
  /** A recording that begins in the middle of a run is compared after this time. */
  replayUnsettledMs: 120 * SECOND,

  /** Limits of the configuration. */
  allowedHostsMax: 100,
  tokensMax: 100,
  /** An identity provider has this long for each answer of at most so many bytes; so many sign-ins wait for one at once. */
  oidcTimeoutMs: 10 * SECOND,
  oidcResponseMaxBytes: 256 * KIB,
  oidcExchangesMax: 8,
  /** Longest address of a sign-out at the provider, which has the ID token in it. */
  oidcSignOutUrlChars: 8_000,
  /** A sign-in that began has to come back within this time; the provider's metadata are kept for this long, and its clock may differ by so much. */
  oidcFlowMs: 600 * SECOND,
  oidcMetadataKeptMs: 3_600 * SECOND,
  oidcClockToleranceMs: 5 * SECOND,
  /** Groups of one user, entries of a role map, and hops of a chain of proxies that are looked at. */
  groupsMax: 200,
  groupRolesMax: 100,
  forwardedHopsMax: 20,
  trustedProxiesMax: 100,
  /** A stream that was opened by the word of a trusted proxy ends after this time, so that the proxy is asked again. */
  proxyIdentityMs: 3_600 * SECOND,
  /** A shorter token could be guessed. */
  tokenMinChars: 16,
  tokenMaxChars: 4_096,
  /** Interval in which token files are read again. */
  tokenFileCheckEveryMs: 500,
  /** Users of the file, and its size. */
  usersMax: 1_000,
  passwordMinChars: 8,
  passwordMaxChars: 1_024,
  /** Largest parameters of a password's hash: memory of one in KiB, passes, lanes. */
  passwordMemoryMaxKiB: 65_536,
  passwordPassesMax: 10,
  passwordLanesMax: 4,
  /** Passwords that are verified at once, on the pool of four threads, and those that wait; further ones are 503. */
  passwordHashesMax: 2,
  passwordsWaitingMax: 16,
  /** Failed sign-ins in a row of one user, and of one client; after those one more in this time. */
  signInAttemptsMax: 10,
  signInAttemptEveryMs: 60 * SECOND,
  /** Users and clients whose failed sign-ins are remembered. */
  signInKeysMax: 10_000,
  /** Sessions: without use, at most, and the limits of both keys. */
  sessionIdleMs: 12 * HOUR,
  sessionAbsoluteMs: 7 * DAY,
  sessionMinMs: 60 * SECOND,
  sessionMaxMs: 90 * DAY,
  /** Sessions of one user; the oldest ends. And those in memory. */
  sessionsPerUserMax: 20,
  sessionsMax: 10_000,
  /** The use of a session is stored this often. */
  sessionTouchEveryMs: 30 * SECOND,
  /** Entries of the audit log in the store, in memory without one, and those that wait to be written. */
  auditKept: 100_000,
  auditKeptInMemory: 1_000,
  auditQueueMax: 1_000,
  auditEveryMs: 200,
  /** Refusals that are entries of their own; more are counted in one. */
  auditRefusalsPerSecond: 5,
  /** What was admitted is looked at again this often; a stream whose sender is no longer admitted ends. */
  grantCheckEveryMs: 500,
  configFileMaxBytes: 1 * MIB,
  configValuesMax: 100_000,
  /** Words, signs, spaces and ends of lines for each KiB of a file; a configuration has 100 to 500. */
  configTokensPerKiB: 660,
  /** Lists, mappings and values that are open at once: two for each level. */
  configDepthMax: 200,
  /** Entries of one list or mapping of a file. */
  configListMax: 2_000,
  /** Errors of one file that are reported. */
  configErrorsMax: 100,
  /** Files in `conf.d`, each up to `configFileMaxBytes`. */
  configDropInsMax: 1_000,
  everyMinMs: 100,
  everyMaxMs: 3_600 * SECOND,
  fastEveryMinMs: 50,
  timeoutMinMs: 10,
  timeoutMaxMs: 60 * SECOND,
  graceMaxMs: 3_600 * SECOND,
  /** Largest `rise` and `fall`; the judge keeps this many consecutive failures. */
  countMax: 100,

  /** `check`. */
  checkMaxWaitMs: 60 * SECOND,
  /** Monitoring systems stop a plugin after ten seconds. */
  checkPluginMaxWaitMs: 8 * SECOND,
  /** `wait`: its timeout, and how long the condition must hold. */
  waitTimeoutMs: 120 * SECOND,
  waitStableMs: 3 * SECOND,

  /** Alerts: the sentence of a message, in characters; many receivers show one line of that length. */
  alertSentenceChars: 140,
  /** Characters of other texts of a message, of one line of evidence, and lines of evidence. */
  alertTextChars: 500,
  alertEvidenceLineChars: 200,
  alertEvidenceLines: 12,
  /** Servers that one alert names, and alerts that one message names; the rest is a count. */
  alertMembersNamed: 20,
  alertsNamed: 20,
  /** Deadline of one attempt to send a message, and the part of a receiver's response that is read. */
  alertTimeoutMs: 10 * SECOND,
  alertResponseBytes: 4 * KIB,
  alertResponseHeaderBytes: 16 * KIB,
  /** Characters of an error that a receiver answers. */
  alertErrorChars: 300,
  /** Largest file of a secret. */
  alertSecretBytes: 4 * KIB,
  /** A failed message is sent again after the first time, doubled for each attempt up to the second; given up after the third. */
  alertRetryFirstMs: 2 * SECOND,
  alertRetryMaxMs: 1_800 * SECOND,
  alertRetryForMs: 86_400 * SECOND,
  /** Longest `Retry-After` that is honoured. */
  alertRetryAfterMaxMs: 3_600 * SECOND,
  /** Messages in flight of all channels, about those to one channel, and to one that fails. */
  alertsInFlight: 64,
  alertsInFlightPerChannel: 8,
  alertsInFlightFailing: 1,
  /** Messages to one channel in a minute; more are held back and counted in a summary. */
  alertsPerMinute: 20,
  /** Defaults of a route. */
  alertWaitMs: 5 * SECOND,
  alertGroupWaitMs: 2 * SECOND,
  alertGroupIntervalMs: 60 * SECOND,
  alertRepeatMs: 14_400 * SECOND,
  /** Limits of the keys of alerts. */
  alertChannelsMax: 100,
  alertRoutesMax: 1_000,
  alertTimeoutMaxMs: 20 * SECOND,
  alertsPerMinuteMax: 10_000,
  alertWaitMaxMs: 3_600 * SECOND,
  alertIntervalMinMs: 1 * SECOND,
  alertRepeatMinMs: 60 * SECOND,
  alertRepeatMaxMs: 31_536_000 * SECOND,
  alertRetryMinMs: 100,
  /** Alerts of one group; further ones are left out until others end. */
  alertGroupMax: 1_000,
  /** Open incidents that are received from the store at once. */
  alertIncidentsAtOnce: 100,
  /** Interval of the search for due messages, and how long after its time one that is due later is searched for. */
  alertPollEveryMs: 1 * SECOND,
  alertPollSoonMs: 50,
  /** A process that died while sending blocks its message for this long. */
  alertLeaseMs: 30 * SECOND,
  /** A failing store is tried again after this time. */
  alertStoreRetryMs: 1 * SECOND,
  /** How long a command waits for a running haprobe: a test message is answered within `alertTimeoutMaxMs`. */
  apiWriteTimeoutMs: 30 * SECOND,
  /** How long a message to systemd may take. */
  systemdNotifyTimeoutMs: 5 * SECOND,
  /** How long `haprobe health` waits. */
  healthTimeoutMs: 5 * SECOND,
  /** Interval in which the number of waiting messages is read. */
  alertBacklogEveryMs: 5 * SECOND,
  /** Interval in which notices are detected. */
  alertNoticesEveryMs: 1 * SECOND,
  /** After a start, notices of the time before are kept for this long until they are detected again. */
  alertNoticesHeldMs: 60 * SECOND,
  /** A firing alert is sent to Alertmanager again after this time; it forgets one after 5 minutes. */
  alertmanagerEveryMs: 60 * SECOND,
  /** Silences that are in force or will be. */
  silencesMax: 1_000,
  /** Messages kept without a data directory. */
  alertOutboxKept: 10_000,

  /** `incidents` and `report`: incidents that are printed, and the time for one page of them. */
  reportIncidentsMax: 10_000,
  apiReadTimeoutMs: 30 * SECOND,

  /** Garbage is collected where this process has more resident memory than at its lowest, and than its servers need. */
  memoryReleaseBytes: 32 * MIB,
  memoryPerServerBytes: 8 * KIB,
  /** Interval in which that is checked; a collection that did not help doubles the time to the next one, up to the second, unless servers are gone. */
  memoryCheckEveryMs: 10 * SECOND,
  memoryReleaseMaxMs: 600 * SECOND,
  /** A larger heap is marked in steps beside other work, which takes more memory; and the interval in which that is checked. */
  heapSmallMaxBytes: 64 * MIB,
  heapCheckEveryMs: 1 * SECOND,

  /** A support bundle: the end of the log, characters of each other file, and files of the data directory that are listed. */
  supportLogBytes: 1 * MIB,
  supportPartMaxChars: 16 * MIB,
  supportFilesMax: 10_000,

  /** Shutdown: whatever still runs is aborted after this time. */
  shutdownMs: 5 * SECOND,
  /** `haprobe lint`. */
  lintFileMaxBytes: 16 * MIB,
  lintFilesMax: 1_000,
  lintReadBytes: 64 * KIB,
  /** A `cfg` of an instance: its size, and time and memory of the thread that reads it. */
  cfgFileMaxBytes: 1 * MIB,
  cfgTimeoutMs: 60 * SECOND,
  cfgHeapMaxMb: 256,
  /** Lines of the diff that is shown beside a live server. */
  fileCureLines: 100,
  /** Added to the time that a check needs at worst, as its file says: two polls, and the time of HAProxy's own delays. */
  fileGraceMarginMs: 2 * SECOND,
  fileTemplateServersMax: 1_000,
} as const;
