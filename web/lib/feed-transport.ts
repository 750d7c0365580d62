import type { ServerHistory } from "../../server/contract/history.ts";
import type { Incident } from "../../server/contract/incident.ts";
import type { PatchMessage } from "../../server/contract/row-patch.ts";
import type { DeltaMessage, SnapshotMessage, StreamPosition } from "../../server/contract/status.ts";
import type { WriteResult } from "./rest-client.ts";

/** What changed, with whole rows or with what changed in them. */
export type DashboardDelta = DeltaMessage | PatchMessage;

/** Callbacks of one stream. */
export interface StreamHandlers {
  readonly onConnected: () => void;
  readonly onHello: (position: StreamPosition) => void;
  readonly onDelta: (delta: DashboardDelta) => void;
  /** Called once; no callback follows. */
  readonly onClosed: (cause: string) => void;
}

/** What a person does to an incident; `why` null: it is not expected after all. */
export type Remark =
  | { readonly kind: "acknowledge" | "notes"; readonly name: string; readonly note: string }
  | { readonly kind: "expected"; readonly name: string; readonly why: string | null };

/** Connection to haprobe. Each `openStream` is one attempt; the returned function closes it without a callback. */
export interface FeedTransport {
  openStream(events: StreamHandlers): () => void;
  fetchSnapshot(signal: AbortSignal): Promise<SnapshotMessage>;
  /** The newest incidents, newest first; their number is bounded. */
  fetchIncidents(signal: AbortSignal): Promise<readonly Incident[]>;
  /** What was recorded of a server between two times of haprobe's clock; bounded. */
  fetchHistory(key: string, from: number, to: number, signal: AbortSignal): Promise<ServerHistory>;
  /** Writes to one incident, with a token where there is one. */
  remark(id: string, remark: Remark, token: string | null, signal: AbortSignal): Promise<WriteResult>;
  /** Resolves if haprobe responds; called only while the stream is silent. */
  ping(signal: AbortSignal): Promise<void>;
}
