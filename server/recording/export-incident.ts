import { BOUNDS } from "../bounds.ts";
import { HaprobeError } from "../errors.ts";
import { AddressMapper, mapTexts } from "./address-mapper.ts";
import { readDecoded } from "./read-recording.ts";
import type { Span } from "./replay-recording.ts";
import { SegmentFile } from "./segment-file.ts";

/** Slow and small, since an export is made once. */
const COMPRESSION_LEVEL = 12;

export interface ExportOptions {
  /** The files around the incident, in order. */
  readonly paths: readonly string[];
  readonly id: string;
  /** The end at the latest, in milliseconds since 1970. */
  readonly until: number;
  /** The file to create. */
  readonly output: string;
  /** Replace addresses and DNS names. */
  readonly mapsAddresses: boolean;
  readonly signal: AbortSignal;
}

/** When an incident was opened, in milliseconds since 1970, which the first bits of its id (UUIDv7) say; null for no such id. */
export function openingOfId(id: string): number | null {
  const hex = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.exec(id);
  return hex === null ? null : Number.parseInt(`${hex[1]}${hex[2]}`, 16);
}

/**
 * Writes the recording around an incident to one file: from the first of the files to a minute after its end, bodies cut.
 * Returns the time it covers. Throws HAPROBE_INCIDENT_NOT_RECORDED, HAPROBE_RECORDING_UNWRITABLE, or for files that are no
 * recording.
 */
export async function exportIncident(options: ExportOptions): Promise<Span> {
  const { paths, id, until, output, mapsAddresses, signal } = options;
  const mapper = mapsAddresses ? new AddressMapper() : null;
  const to = Math.min(until, await findEnd(paths, id, mapper, signal));
  const file = await SegmentFile.create(output, COMPRESSION_LEVEL).catch((error: unknown) => {
    throw unwritable(output, error);
  });
  try {
    const span = await copyLines(paths, to, file, mapper, signal);
    await file.close();
    return span;
  } catch (error) {
    await file.abandon();
    throw error instanceof HaprobeError || signal.aborted ? error : unwritable(output, error);
  }
}

/** When the stretch ends: a minute after the last that is said of the incident. `mapper` learns the names on the way. */
async function findEnd(
  paths: readonly string[],
  id: string,
  mapper: AddressMapper | null,
  signal: AbortSignal,
): Promise<number> {
  let last: number | null = null;
  for await (const batch of readDecoded(paths)) {
    signal.throwIfAborted();
    for (const { line, step } of batch) {
      if (step?.kind === "said" && step.said.kind === "incident" && step.said.id === id) last = step.said.at;
      if (mapper === null) continue;
      if (line.startsWith("{") || line.startsWith('["c"') || line.startsWith('["T"')) learnNames(line, mapper);
      if (step?.kind !== "input" || step.input.kind !== "poll") continue;
      for (const { fqdn } of step.input.snapshot.servers) if (fqdn !== null) mapper.learnNames(fqdn);
    }
  }
  if (last === null) throw new HaprobeError("HAPROBE_INCIDENT_NOT_RECORDED", `the recording has no incident ${id}`);
  return last + BOUNDS.exportAfterMs;
}

async function copyLines(
  paths: readonly string[],
  to: number,
  file: SegmentFile,
  mapper: AddressMapper | null,
  signal: AbortSignal,
): Promise<Span> {
  let from: number | null = null;
  let last = to;
  for await (const batch of readDecoded(paths)) {
    signal.throwIfAborted();
    let text = "";
    let isPast = false;
    for (const { line, step, isSkipped } of batch) {
      if (step?.kind === "input") {
        const at = step.at + step.wallOffset;
        isPast = at > to;
        if (isPast) break;
        from ??= at;
        last = at;
      }
      // What follows without a gap needs no head and no state of its own.
      if (isSkipped || (step?.kind === "begin" && step.isContinued)) continue;
      text += `${redactLine(line, mapper)}\n`;
    }
    await file.write(text);
    if (isPast) break;
  }
  return { from: from ?? last, to: last };
}

/** A line with its body cut, and with mapped addresses. */
function redactLine(line: string, mapper: AddressMapper | null): string {
  const isAnswer = line.startsWith('["r"') && line.endsWith("}]");
  if (!isAnswer && mapper === null) return line;
  const value: unknown = JSON.parse(line);
  const answer: unknown = Array.isArray(value) ? value.at(-1) : null;
  if (isAnswer && typeof answer === "object" && answer !== null && "body" in answer) {
    answer.body = String(answer.body).slice(0, BOUNDS.exportBodyChars);
  }
  return JSON.stringify(mapper === null ? value : mapTexts(value, (text) => mapper.map(text)));
}

/** Names are learnt from what is an address or a host, not from texts in which a dot means something else. */
function learnNames(line: string, mapper: AddressMapper): void {
  JSON.parse(line, (key, value: unknown) => {
    if (typeof value !== "string" || !HOST_KEYS.has(key)) return value;
    // What is left with a slash is the path of a socket.
    const host = value.replace(/^[a-z-]+:\/\/([^/?]*).*$/, "$1");
    if (!host.includes("/")) mapper.learnNames(host);
    return value;
  });
}

const HOST_KEYS = new Set(["vantage", "statsText", "host", "hostHeader", "serverName", "authority", "from", "to"]);

function unwritable(output: string, error: unknown): HaprobeError {
  const why = error instanceof Error ? error.message : String(error);
  return new HaprobeError("HAPROBE_RECORDING_UNWRITABLE", `${output} cannot be written: ${why}`, { cause: error });
}
