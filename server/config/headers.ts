import { z } from "zod";

/** Headers of the connection, which haprobe sets itself. */
export const CONNECTION_HEADERS = [
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Further headers of a request. `refused` gives what is wrong with a lower-case name, and what to write instead; null: nothing. */
export function headers(refused: (name: string) => readonly [wrong: string, instead: string] | null) {
  const name = z
    .string()
    .refine((header) => /^[a-z][a-z0-9!#$%&'*+.^_`|~-]{0,99}$/i.test(header), {
      error: "expected letters, digits and -, a letter first",
      params: { wrong: "is no name of a header" },
    })
    .superRefine((header, context) => {
      const fault = refused(header.toLowerCase());
      if (fault !== null) context.addIssue({ code: "custom", message: fault[1], params: { wrong: fault[0] } });
    });
  return z.record(name, headerValue).superRefine(refuseDuplicates, { when: ({ value }) => isRecord(value) });
}

const LINE = "expected one line of printable ASCII";

// RFC 9110 allows visible characters, space and tab; Latin-1 is obsolete and depends on the reader.
const headerValue = z.codec(
  z.union([z.number(), z.string()], LINE),
  z.string().refine((line) => /^[\t -~]{0,4096}$/.test(line), {
    error: LINE,
    params: { wrong: "holds a line break or a character outside ASCII" },
  }),
  { decode: (written) => String(written).trim(), encode: (line) => line },
);

/** `X-A` and `x-a` are one header. */
function refuseDuplicates(read: Readonly<Record<string, string>>, context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const name of Object.keys(read)) {
    const lower = name.toLowerCase();
    if (seen.has(lower)) {
      const params = { wrong: "is there twice" };
      context.addIssue({ code: "custom", path: [name], message: "keep one of the two", params });
    }
    seen.add(lower);
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
