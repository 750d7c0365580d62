import { open } from "node:fs/promises";

/** Certificates of a few authorities. */
const MAX_BYTES = 256 * 1_024;

/** Text of a file without spaces around it; rejects for a longer one, and errors of the file system as they come. */
export async function readSmallFile(path: string): Promise<string> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES + 1));
  if (bytesRead > MAX_BYTES) throw new Error(`${path} is longer than ${MAX_BYTES} bytes`);
  return buffer.toString("utf8", 0, bytesRead).trim();
}
