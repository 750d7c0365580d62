import { readFileText } from "../scoped-files.ts";

/** Certificates of a few authorities. */
const MAX_BYTES = 256 * 1_024;

/** Text of a regular file without spaces around it; rejects for a longer one, and errors of the file system as they come. */
export async function readSmallFile(path: string): Promise<string> {
  return (await readFileText(path, MAX_BYTES)).trim();
}
