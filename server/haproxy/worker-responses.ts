import { splitResponse } from "./response-sections.ts";

const LF = 10;
const EMPTY_LINE = Buffer.from("\n");

/**
 * Joins the answers of several workers to one, as if one process had given it: `show info` of the first, the rows of all.
 * The reader takes the first row of each server, since a backend that runs in several processes is in each one's table.
 * Throws a HaprobeError for an answer that is not one.
 */
export function joinWorkerResponses(answers: readonly Buffer[], withServersState: boolean): Buffer {
  const [first = Buffer.alloc(0), ...others] = answers;
  if (others.length === 0) return first;
  const of = (bytes: Buffer) => {
    const { info, serversState, tableOffset: tableAt } = splitResponse(bytes, withServersState);
    const part = (from: number, to: number): Buffer => trimEmptyLine(bytes.subarray(from, to));
    return {
      info: bytes.subarray(0, info?.to ?? 0),
      state: serversState === null ? Buffer.alloc(0) : part(serversState.from, serversState.to),
      table: part(tableAt, bytes.length),
    };
  };
  const all = [first, ...others].map(of);
  // The state has a version and a header, the table a header: those of the first one will do.
  const rows = (parts: readonly Buffer[], heads: number): Buffer[] =>
    parts.map((part, worker) => (worker === 0 ? part : skipLines(part, heads)));
  return Buffer.concat([
    all[0]?.info ?? Buffer.alloc(0),
    ...(withServersState
      ? [
          ...rows(
            all.map(({ state }) => state),
            2,
          ),
          EMPTY_LINE,
        ]
      : []),
    ...rows(
      all.map(({ table }) => table),
      1,
    ),
    EMPTY_LINE,
  ]);
}

/** Without the empty line at the end. */
function trimEmptyLine(part: Buffer): Buffer {
  const isEnded = part.at(-1) === LF && part.at(-2) === LF;
  return isEnded ? part.subarray(0, -1) : part;
}

function skipLines(part: Buffer, skipped: number): Buffer {
  let at = 0;
  for (let line = 0; line < skipped; line += 1) at = part.indexOf(LF, at) + 1 || part.length;
  return part.subarray(at);
}
