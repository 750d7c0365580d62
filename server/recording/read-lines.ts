import { createReadStream } from "node:fs";
import { constants, createZstdDecompress } from "node:zlib";
import { BOUNDS } from "../bounds.ts";
import { HaprobeError } from "../errors.ts";

/** Largest window that a file may ask for: 8 MiB. */
const WINDOW_LOG_MAX = 23;

/** What is left when a process was killed while it wrote: an end in the middle. */
const CUT_OFF = new Set(["Z_BUF_ERROR", "ERR_STREAM_PREMATURE_CLOSE"]);

/**
 * The complete lines of a compressed file, in batches. A file that ends in the middle gives the lines before. Throws
 * HAPROBE_RECORDING_UNREADABLE, HAPROBE_RECORDING_INVALID or HAPROBE_RECORDING_TOO_LARGE.
 */
export async function* readLines(path: string): AsyncGenerator<readonly string[], void, void> {
  const file = createReadStream(path);
  const decompressor = createZstdDecompress({
    params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX },
    chunkSize: 256 * 1_024,
  });
  let fileError: Error | null = null;
  file.on("error", (error) => {
    fileError = error;
    decompressor.destroy(error);
  });
  decompressor.setEncoding("utf8");
  let rest = "";
  let chars = 0;
  try {
    for await (const chunk of file.pipe(decompressor) as AsyncIterable<string>) {
      chars += chunk.length;
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      if (chars > BOUNDS.replayFileMaxChars || rest.length > BOUNDS.replayLineMaxChars) {
        throw new HaprobeError("HAPROBE_RECORDING_TOO_LARGE", `${path} holds more than a recording may`);
      }
      yield lines;
    }
  } catch (error) {
    if (error instanceof HaprobeError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (fileError !== null) {
      throw new HaprobeError("HAPROBE_RECORDING_UNREADABLE", `${path} cannot be read: ${message}`, { cause: error });
    }
    if (code !== undefined && CUT_OFF.has(code)) return;
    throw new HaprobeError("HAPROBE_RECORDING_INVALID", `${path} is no recording of haprobe: ${message}`, {
      cause: error,
    });
  } finally {
    file.destroy();
    decompressor.destroy();
  }
}
