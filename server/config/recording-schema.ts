import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { formatByteSize, parseByteSize } from "./byte-size.ts";
import { formatDuration } from "./duration.ts";
import { mapping } from "./mapping.ts";
import { duration } from "./scalars.ts";

const SIZE = `expected a size from ${formatByteSize(BOUNDS.recordingMinBytes)} to ${formatByteSize(BOUNDS.recordingLargestBytes)}, such as 256MiB`;

const size = z.codec(
  z.string(SIZE).regex(/^\d{1,9}(KiB|MiB|GiB)$/, SIZE),
  z.number().min(BOUNDS.recordingMinBytes, SIZE).max(BOUNDS.recordingLargestBytes, SIZE),
  { decode: (written) => parseByteSize(written) ?? Number.NaN, encode: formatByteSize },
);

/** `none`, or how much of what enters the judge is kept. */
export const recording = z.union([
  z.literal("none"),
  mapping({
    keepMs: duration(BOUNDS.recordingSegmentMs, BOUNDS.recordingKeptMaxMs)
      .describe("How long it is kept.")
      .prefault(formatDuration(BOUNDS.recordingKeptMs)),
    maxSize: size.describe("Largest size of its files.").prefault(formatByteSize(BOUNDS.recordingMaxBytes)),
  }),
]);
