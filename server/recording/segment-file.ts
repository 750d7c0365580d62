import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress, type ZstdCompress } from "node:zlib";

/** Small windows: the compressor of a running haprobe needs less than 1 MB. */
const WINDOW_LOG = 17;

/** A file of compressed lines that is being written, on threads of Node's pool. What was flushed can be read after a kill. */
export class SegmentFile {
  readonly #compressor: ZstdCompress;
  readonly #file: WriteStream;
  /** Settles with the file: rejects where it cannot be written. */
  readonly #written: Promise<void>;

  private constructor(file: WriteStream, level: number) {
    this.#file = file;
    this.#compressor = createZstdCompress({
      params: {
        [constants.ZSTD_c_compressionLevel]: level,
        [constants.ZSTD_c_windowLog]: WINDOW_LOG,
        [constants.ZSTD_c_checksumFlag]: 1,
      },
    });
    this.#written = pipeline(this.#compressor, file);
    // The rejection is reported by the call that waits for it.
    this.#written.catch(() => {});
  }

  /** Creates the file, readable for haprobe's user only; rejects where it exists or cannot be created. */
  static async create(path: string, level = 3): Promise<SegmentFile> {
    const file = createWriteStream(path, { flags: "wx", mode: 0o600 });
    await once(file, "open");
    return new SegmentFile(file, level);
  }

  get bytes(): number {
    return this.#file.bytesWritten;
  }

  /** Compresses text; resolves once there is room for more. */
  write(text: string): Promise<void> {
    return this.#untilDone((done) => this.#compressor.write(text, "utf8", done));
  }

  /** Ends a block, so that a reader gets everything that was written before. */
  flush(): Promise<void> {
    return this.#untilDone((done) => this.#compressor.flush(constants.ZSTD_e_flush, done));
  }

  async close(): Promise<void> {
    this.#compressor.end();
    await this.#written;
  }

  /** Closes the file as it is, however far it could be written. */
  async abandon(): Promise<void> {
    this.#compressor.end();
    await Promise.allSettled([this.#written]);
  }

  async #untilDone(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      start((error) => (error ? reject(error) : resolve()));
    });
    await Promise.race([done, this.#written]);
  }
}
