/** What clients are refused for lack of room: a connection, a request, a response, a stream, or a stream that does not read. */
export const REFUSED_KINDS = ["connection", "request", "response", "stream", "slow-stream"] as const;
export type RefusedKind = (typeof REFUSED_KINDS)[number];

/** Counts and reports a refusal. Must not throw. */
export type OnRefused = (kind: RefusedKind) => void;
