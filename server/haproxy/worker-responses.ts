import { splitResponse } from "./response-sections.ts";

const LF = 10;
const EMPTY_LINE = Buffer.from("\n");

/**
 * Joins the responses of several workers into one: `show info` of the first, the rows of all. The table parser keeps the
 * first row of each server, since the table of each worker has the backends that run in several.
 * Yields as splitResponse does; throws a HaprobeError for a response that is not HAProxy's.
 */
export function* joinWorkerResponses(
  responses: readonly Buffer[],
  withServersState: boolean,
): Generator<void, Buffer, void> {
  const [first] = responses;
  if (first === undefined || responses.length === 1) return first ?? Buffer.alloc(0);
  const infos: Buffer[] = [];
  const states: Buffer[] = [];
  const tables: Buffer[] = [];
  for (const bytes of responses) {
    const { info, serversState, tableOffset } = yield* splitResponse(bytes, withServersState);
    infos.push(bytes.subarray(0, info?.to ?? 0));
    // Only the first keeps its headers: version and columns of the state, columns of the table.
    const isFirst = bytes === first;
    if (serversState !== null) {
      states.push(rowsOf(bytes.subarray(serversState.from, serversState.to), isFirst ? 0 : 2));
    }
    tables.push(rowsOf(bytes.subarray(tableOffset), isFirst ? 0 : 1));
  }
  return Buffer.concat([
    infos[0] ?? EMPTY_LINE,
    ...(withServersState ? [...states, EMPTY_LINE] : []),
    ...tables,
    EMPTY_LINE,
  ]);
}

/** A section without its first lines and without the empty line at its end. */
function rowsOf(section: Buffer, skippedLines: number): Buffer {
  let from = 0;
  for (let line = 0; line < skippedLines; line += 1) from = section.indexOf(LF, from) + 1 || section.length;
  const isEnded = section.at(-1) === LF && section.at(-2) === LF;
  return section.subarray(from, isEnded ? -1 : undefined);
}
