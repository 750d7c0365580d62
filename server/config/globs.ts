import { z } from "zod";
import { REGULAR_EXPRESSION } from "../match.ts";
import { networkError } from "./network.ts";
import { oneOrMore } from "./scalars.ts";

const PATTERN = 'a pattern such as k8s-* or "!static"';
const ADDRESS_PATTERN = 'a pattern such as 10.0.* or a network such as "!10.0.0.0/8"';

/** Patterns with `*` and `?`, negated by `!` in front; one, or a list of alternatives. An empty list is refused, since it would match everything. */
export const globs = oneOrMore(glob(PATTERN), `expected ${PATTERN}, or a list of patterns`);

/** The same for addresses, where one with a slash is a network. */
export const addressGlobs = oneOrMore(
  glob(ADDRESS_PATTERN).superRefine((pattern, context) => {
    const error = pattern.includes("/") ? networkError(pattern.replace(/^!/, "")) : null;
    if (error !== null) context.addIssue({ code: "custom", message: error });
  }),
  `expected ${ADDRESS_PATTERN}, or a list of patterns`,
);

function glob(expected: string) {
  const error = `expected ${expected}`;
  return z
    .codec(z.union([z.string(), z.int()], error), z.string().regex(/^(?!!?$)/, error), {
      decode: String,
      encode: (pattern) => pattern,
    })
    .refine((pattern) => !REGULAR_EXPRESSION.test(pattern), `is a regular expression; ${error}`);
}
