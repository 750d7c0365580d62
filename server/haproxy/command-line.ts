import type { Question } from "./source.ts";

/** Types of rows in `show stat`: 2 is backends, 4 is servers. */
const BACKENDS_AND_SERVERS = 2 + 4;

/**
 * The question as one line of the Runtime API: HAProxy from 3.0 on answers only the first of several lines.
 * The servers' state comes before the table, so that a row's address is at hand when the row is read.
 * A backend is asked for by its id, since `show stat` takes a name such as `12` for one.
 */
export function commandLine(question: Question): string {
  return [
    "show info",
    ...(question.serversState ? ["show servers state"] : []),
    `show stat ${question.proxyId ?? -1} ${BACKENDS_AND_SERVERS} -1`,
  ].join(";");
}
