import { RECORDING_VERSION, type RecordingHead } from "../../server/recording/recording-lines.ts";
import { BACKEND_ROWS, SERVER_ROWS } from "../../server/recording/row-columns.ts";

/** The head of a recording of this version, with which a process begins. */
export const RECORDING_HEAD: RecordingHead = {
  format: "haprobe-recording",
  version: RECORDING_VERSION,
  haprobe: "test",
  start: "process",
  vantage: "here",
  epoch: "e1",
  at: 0,
  wallOffset: 0,
  lost: 0,
  serverColumns: SERVER_ROWS.names,
  backendColumns: BACKEND_ROWS.names,
  heardBefore: null,
};
