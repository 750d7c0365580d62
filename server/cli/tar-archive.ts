/** One file of an archive. */
export interface ArchiveFile {
  /** At most 100 characters of ASCII. */
  readonly name: string;
  readonly text: string;
}

const BLOCK = 512;

/** A tar archive (POSIX ustar) of text files that only their owner may read. `seconds`: their time, since 1970. */
export function createTarArchive(files: readonly ArchiveFile[], seconds: number): Buffer {
  const blocks = files.flatMap(({ name, text }) => {
    const bytes = Buffer.from(text);
    return [header(name, bytes.length, seconds), bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(name: string, size: number, seconds: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number): void =>
    void block.write(value.toString(8).padStart(length - 1, "0"), at, "ascii");
  block.write(name, 0, 100, "ascii");
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(Math.floor(seconds), 136, 12);
  // The checksum is computed with spaces in its place.
  block.write("        0", 148, "ascii");
  block.write("ustar\u000000", 257, "ascii");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148, "ascii");
  return block;
}
